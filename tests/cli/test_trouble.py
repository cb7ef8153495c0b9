"""Bad input and trouble (issue 2): one clear sentence, the next command, the right exit code, and nothing lost.

Each test is a whole process against both services over HTTP.
"""

import json
import os
import random
import re
import resource
import sqlite3
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pexpect
import pytest
import tomli_w

from gsync_cli.sandbox.furnish import DOMAIN, EMAIL, INSTALLED_ID, SCOPES, TAG, USERNAME
from tests.support.cli import Ran
from tests.support.rehearsal import Rehearsal, rehearsal

ADA: dict[str, Any] = {"given": "Ada", "family": "Lovelace", "mails": ["ada@engines.example"]}
COLLEAGUE = f"bob.meyer@{DOMAIN}"
GRACE: dict[str, Any] = {
    "names": [{"givenName": "Grace", "familyName": "Hopper"}],
    "emailAddresses": [{"value": "grace@navy.example"}],
}


@pytest.fixture
def town(home: Path) -> Iterator[Rehearsal]:
    """Both services, each with somebody for the other."""
    with rehearsal(home / "gsync") as both:
        both.desk.add_person({**ADA, "tags": [TAG]})
        both.account.add_group("Creatio")
        both.account.add(GRACE, "Creatio")
        yield both


def told(town: Rehearsal, *words: str, code: int, error: str, says: str, do: str) -> dict[str, Any]:
    """Check how a command fails, and that it changes nothing; return the error."""
    before = town.sides(), _links(town)
    exit_code, envelope = town.json(*words)
    assert (exit_code, envelope["ok"]) == (code, False), envelope
    problem: dict[str, Any] = envelope["errors"][-1]
    assert problem["code"] == error, problem
    assert says in problem["message"], problem
    assert do in problem["hint"], problem
    _is_readable(problem)
    assert (town.sides(), _links(town)) == before
    return problem


def _is_readable(problem: dict[str, Any]) -> None:
    """Whole facts, on one line each, and a full stop."""
    message, hint = problem["message"], problem["hint"]
    assert "…" not in message, "a fact is missing, or a hundred lines of one were cut"
    assert "\n" not in message + hint
    assert message.endswith(".")
    assert not message.endswith("..")


def _is_one_clear_sentence(ran: Ran) -> None:
    """One paragraph, and one next step, on stderr; no traceback, no result."""
    assert ran.out == ""
    what, what_next = ran.err.splitlines()
    assert what.startswith("gsync: ")
    assert what.endswith(".")
    assert not what.endswith("..")
    assert what_next.startswith("  → ")
    assert "Traceback" not in ran.err


def _links(town: Rehearsal) -> list[Any]:
    """Return what is remembered of pairs; nothing where that can't be read."""
    if not town.state_file.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{town.state_file}?mode=ro", uri=True)) as state:
            return state.execute("SELECT creatio_id, google_id, halves FROM links ORDER BY key").fetchall()
    except sqlite3.DatabaseError:
        return []


# ── the tag ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_tag_of_that_name(town: Rehearsal) -> None:
    problem = told(
        town, "sync", "contacts", "--tag", "Gogle",
        code=5, error="creatio-tag-missing", says="no private tag “Gogle”", do='--tag "Gogle" --create-tag',
    )  # fmt: skip
    assert f"“{TAG}”" in problem["message"], "the tags that there are"


def test_no_tag_at_all(town: Rehearsal) -> None:
    town.configure({"sync.contacts.tag": ""})
    told(
        town,
        "sync",
        "contacts",
        code=5,
        error="creatio-tag-not-set",
        says="No tag",
        do="gsync settings set --contacts-tag",
    )


@pytest.mark.parametrize("kind", ["public", "corporate"])
def test_a_tag_that_is_not_private(town: Rehearsal, kind: str) -> None:
    town.desk.create_tag("Everybody", kind)
    for words in ((), ("--create-tag",)):
        problem = told(
            town, "sync", "contacts", "--tag", "Everybody", *words,
            code=5, error="creatio-tag-not-private", says=f"is {kind}", do="gsync settings set --contacts-tag",
        )  # fmt: skip
        assert "private, corporate and public" in problem["message"]


def test_two_private_tags_of_one_name(town: Rehearsal) -> None:
    town.desk.create_tag(TAG)
    told(town, "sync", "contacts", code=5, error="creatio-tag-twice", says="2 private tags", do="Rename all but one")


def test_the_private_tag_of_somebody_else(town: Rehearsal) -> None:
    site = town.sandbox.creatio
    site.desk(site.add_user("bob", "Secret1!")).create_tag("Bob's")
    told(
        town, "sync", "contacts", "--tag", "Bob's",
        code=5, error="creatio-tag-of-somebody-else", says="belongs to another user", do="--create-tag",
    )  # fmt: skip


def test_a_tag_deleted_between_runs_unlinks_nobody(town: Rehearsal) -> None:
    town.sync()
    carriers = town.desk.tagged(town.desk.tag_named(TAG))
    town.desk.delete_tag(town.desk.tag_named(TAG))
    told(
        town, "sync", "contacts", code=9, error="creatio-tag-deleted", says="was deleted in Creatio", do="--create-tag"
    )
    again = town.desk.create_tag(TAG)
    for contact in carriers:
        town.desk.tag(contact, again)
    before = town.sides()
    town.sync("--create-tag")
    assert town.sides() == before, "as the hint says"


# ── the group ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_of_that_name_is_adopted_with_whoever_is_in_it(town: Rehearsal) -> None:
    before = town.account.groups()
    data = town.sync()
    assert town.account.groups() == before
    assert (data["google"]["created"], data["creatio"]["created"]) == (1, 1)


def test_a_group_renamed_between_runs_is_followed(town: Rehearsal) -> None:
    town.sync()
    town.account.rename_group("Creatio", "CRM")
    before = town.sides()
    town.sync()
    assert town.sides() == before


def test_a_group_deleted_between_runs_untags_nobody(town: Rehearsal) -> None:
    town.sync()
    members = town.account.members("Creatio")
    town.account.delete_group("Creatio")
    told(
        town, "sync", "contacts",
        code=9, error="google-group-deleted", says="was deleted in Google", do="sync contacts --allow-mass-change",
    )  # fmt: skip
    town.account.add_group("Creatio")
    for member in members:
        town.account.join(member, "Creatio")
    before = town.sides()
    town.sync()
    assert town.sides() == before, "as the hint says"


def test_a_group_made_again_without_its_contacts_is_left_to_the_guard(town: Rehearsal) -> None:
    town.sync()
    town.account.delete_group("Creatio")
    town.account.add_group("Creatio")
    told(town, "sync", "contacts", code=9, error="mass-change", says="2 of 2", do="--allow-mass-change")


# ── who signs in ─────────────────────────────────────────────────────────────────────────────────────────────


def consent(process: "subprocess.Popen[str]", account: str) -> Ran:
    """Choose an account on the consent page, as a person does, and wait for gsync to end."""
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    query = {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
    form = {**query, "account": account, "granted": query["scope"].split(), "decision": "continue"}
    answer = httpx2.post(address.partition("?")[0].rpartition("/")[0] + "/consent", data=form)
    httpx2.get(answer.headers["location"])
    out, err = process.communicate(timeout=30)
    return Ran(process.returncode, out, err)


@pytest.mark.parametrize("asked", [(), ("--email", EMAIL)])
def test_somebody_else_signs_in(town: Rehearsal, asked: tuple[str, ...]) -> None:
    town.sync()
    town.sandbox.google.add_account(COLLEAGUE, "Bob Meyer", hosted_domain=DOMAIN)
    stored = (town.home / "credentials.toml").read_text()
    ran = consent(town.start("account", "add", "--no-browser", *asked), COLLEAGUE)
    assert ran.code == 4, ran
    assert f"gsync: {COLLEAGUE} signed in, but" in ran.err
    assert "Nothing was stored." in ran.err
    assert f"gsync account add --email {EMAIL}" in ran.err
    assert (town.home / "credentials.toml").read_text() == stored
    town.sync()


# ── the state file ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_state_of_another_account_is_not_used(town: Rehearsal) -> None:
    town.sync()
    town.sandbox.google.add_account(COLLEAGUE, "Bob Meyer", hosted_domain=DOMAIN)
    tokens = town.sandbox.google.oauth.sign_in(COLLEAGUE, INSTALLED_ID, SCOPES)
    credentials = tomllib.loads((town.home / "credentials.toml").read_text())
    credentials["google"]["grant"] |= {
        "email": COLLEAGUE,
        "subject": town.sandbox.google.account(COLLEAGUE).subject,
        "refresh_token": tokens["refresh_token"],
        "access_token": tokens["access_token"],
    }
    (town.home / "credentials.toml").write_text(tomli_w.dumps(credentials))
    problem = told(
        town, "sync", "contacts", code=9, error="state-of-another", says="Google account", do="gsync --profile NAME"
    )
    assert EMAIL in problem["message"]
    assert COLLEAGUE in problem["message"]


def test_a_state_of_another_creatio_user_is_not_used(town: Rehearsal) -> None:
    town.sync()
    town.sandbox.creatio.add_user("bob", "Secret1!")
    town.configure({"creatio.username": "bob"})
    credentials = town.home / "credentials.toml"
    credentials.write_text(credentials.read_text().replace("Supervisor1!", "Secret1!"))
    told(town, "sync", "contacts", code=9, error="state-of-another", says="Creatio user", do="gsync --profile NAME")


def test_a_state_of_a_newer_gsync_is_left_alone(town: Rehearsal) -> None:
    town.sync()
    with sqlite3.connect(town.state_file) as state:
        state.execute("PRAGMA user_version = 99")
    state.close()
    before = town.remembered()
    for words in (("sync", "contacts"), ("status",)):
        told(town, *words, code=5, error="state-newer", says="newer gsync", do="pip install --upgrade gsync-cli")
    assert town.remembered() == before


def _random_bytes(content: bytes) -> bytes:
    return random.Random(1).randbytes(len(content))


def _half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _torn_page(content: bytes) -> bytes:
    return content[:8192] + random.Random(2).randbytes(4096) + content[12288:]


@pytest.mark.parametrize("damage", [_random_bytes, _half, _torn_page], ids=["random", "half", "torn"])
def test_a_damaged_state_is_said_and_survived(town: Rehearsal, damage: Callable[[bytes], bytes]) -> None:
    town.sync()
    for beside in town.home.glob("state.db-*"):
        beside.unlink()
    town.state_file.write_bytes(damage(town.remembered()))
    for words in (("sync", "contacts"), ("status",)):
        told(town, *words, code=5, error="state-damaged", says="Both sides are untouched", do="Move the file away")
    town.state_file.rename(town.home / "damaged.db")
    for beside in town.home.glob("state.db-*"):
        beside.unlink()
    before = town.desk.contacts()
    data = town.sync()
    assert data["linked"] == 2, "pairs are recognised anew"
    assert (data["google"]["created"], data["creatio"]["created"]) == (0, 0)
    assert town.desk.contacts() == before
    everybody_is_on_both_sides_once(town)


# ── the way to the services ──────────────────────────────────────────────────────────────────────────────────


def test_no_network(town: Rehearsal) -> None:
    """Both at once: each tries for some seconds before it gives up."""
    town.sync()
    closed = "http://127.0.0.1:9"
    to_creatio = town.start("-q", "creatio", "status", "--output", "json", GSYNC_CREATIO_URL=f"{closed}/c")
    to_google = town.start("-q", "sync", "contacts", "--output", "json", GSYNC_GOOGLE_ENDPOINTS_PEOPLE=closed)
    for process, code in ((to_creatio, "creatio-unreachable"), (to_google, "no-network")):
        out, _ = process.communicate(timeout=60)
        (problem,) = json.loads(out)["errors"]
        assert (process.returncode, problem["code"]) == (7, code)
        assert "127.0.0.1:9 can't be reached" in problem["message"]
        assert "run the same command again" in problem["hint"]


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Serve one answer to every request; yield the root URL."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = answer  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


PAGE = b"<!DOCTYPE html><html><head><title>Welcome to the hotel</title></head><body>Sign in</body></html>"
STRANGERS: list[Any] = [
    pytest.param(200, PAGE, {"Content_Type": "text/html"}, id="a page"),
    pytest.param(404, PAGE, {"Content_Type": "text/html"}, id="a page that says 404"),
    pytest.param(200, b'{"hello": "world"}', {"Content_Type": "application/json"}, id="another JSON service"),
    pytest.param(404, b'{"detail": "Not found"}', {"Content_Type": "application/json"}, id="another one's 404"),
    pytest.param(200, b"[]", {"Content_Type": "application/json"}, id="a list"),
    pytest.param(200, b"", {}, id="nothing"),
]


@pytest.mark.parametrize(("status", "body", "headers"), STRANGERS)
def test_a_wrong_address_of_creatio(town: Rehearsal, status: int, body: bytes, headers: dict[str, str]) -> None:
    with answering(status, body, **headers) as root:
        town.configure({"creatio.url": root})
        told(town, "sync", "contacts", code=5, error="creatio-not-creatio", says=root, do="gsync creatio connect")


@pytest.mark.parametrize(("status", "body", "headers"), [STRANGERS[0], STRANGERS[1], STRANGERS[3], STRANGERS[4]])
def test_a_wrong_address_of_google(town: Rehearsal, status: int, body: bytes, headers: dict[str, str]) -> None:
    town.sync()
    with answering(status, body, **headers) as root:
        town.configure({"google.endpoints.people": root})
        told(town, "sync", "contacts", code=5, error="google-not-google", says=root, do="gsync config show")


def test_a_stranger_who_speaks_json_in_the_place_of_google_empties_nothing(town: Rehearsal) -> None:
    """Anything may answer; {} is what Google says of a group without members and of an empty listing."""
    town.sync()
    before = town.sides()
    with answering(200, b'{"hello": "world"}', Content_Type="application/json") as root:
        town.configure({"google.endpoints.people": root})
        for words in ((), ("--full",)):
            code, envelope = town.json("sync", "contacts", *words)
            assert code in {5, 7}, envelope
            assert envelope["errors"][0]["hint"]
    assert town.sides() == before


def test_http_where_https_is_wanted(town: Rehearsal) -> None:
    with answering(301, b"", Location="https://127.0.0.1/") as root:
        town.configure({"creatio.url": f"{root}/crm"})
        told(
            town, "sync", "contacts",
            code=5, error="creatio-needs-https", says="https", do="gsync config set creatio.url https://127.0.0.1/crm",
        )  # fmt: skip


def test_a_site_that_sends_visitors_elsewhere(town: Rehearsal) -> None:
    with answering(302, b"", Location="https://elsewhere.example/login") as root:
        town.configure({"creatio.url": root})
        told(
            town,
            "sync",
            "contacts",
            code=5,
            error="creatio-redirected",
            says="elsewhere.example",
            do="gsync creatio connect",
        )


@pytest.mark.parametrize("service", ["creatio", "people"])
def test_the_sign_in_page_of_a_hotel_between_runs(town: Rehearsal, service: str) -> None:
    town.sync()
    town.sandbox.faults.add("html", service=service, times=1000)
    error = "creatio-not-creatio" if service == "creatio" else "google-not-google"
    told(town, "sync", "contacts", code=5, error=error, says="HTTP 200", do="browser")
    town.sandbox.faults.clear()
    before = town.sides()
    town.sync()
    assert town.sides() == before


# ── who may do what ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_password_is_sent_once_whatever_is_run(town: Rehearsal) -> None:
    town.sandbox.creatio.user.password = "changed"
    code, envelope = town.json("sync", "contacts")
    assert (code, envelope["errors"][0]["code"]) == (4, "creatio-password-wrong")
    for words in (("sync", "contacts"), ("creatio", "status"), ("sync", "contacts", "--full")):
        told(
            town,
            *words,
            code=4,
            error="creatio-password-refused-before",
            says="did not send it again",
            do="creatio connect",
        )
    assert town.logins() == 1
    connect = ("creatio", "connect", f"{town.server.url}/creatio", "--username", USERNAME, "--password-stdin")
    done = subprocess.run(
        [sys.executable, "-m", "gsync_cli", *connect],
        input="changed\n", text=True, capture_output=True, env={**os.environ, **town.environment}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert town.logins() == 2
    assert town.sync()["google"]["created"] == 1


def test_no_licence(town: Rehearsal) -> None:
    town.sandbox.creatio.user.licensed = False
    told(town, "sync", "contacts", code=6, error="creatio-no-licence", says="no licence", do="License manager")


@pytest.mark.parametrize("version", ["7.17.3", "8.3.2"])
def test_no_right_to_use_odata(town: Rehearsal, version: str) -> None:
    town.sandbox.creatio.version = version
    town.sandbox.creatio.options.odata_right = False
    code, envelope = town.json("sync", "contacts")
    assert (code, envelope["errors"][0]["code"] in {"creatio-right-missing", "creatio-access-denied"}) == (6, True)
    assert "CanUseODataService" in envelope["errors"][0]["hint"]


@pytest.mark.parametrize(
    ("table", "version"),
    [("Contact", "7.17.3"), ("ContactTag", "8.3.2"), ("ContactInTag", "7.17.3"), ("ContactCommunication", "8.3.2")],
)
def test_a_missing_right_to_read_an_object(town: Rehearsal, table: str, version: str) -> None:
    """Before 8.3.2 such a refusal is a 401, as for a session that ended (facts/creatio.md 1.5)."""
    town.sync()
    town.sandbox.creatio.version = version
    town.sandbox.creatio.options.denied.add(("read", table))
    before = town.sides()
    code, envelope = town.json("sync", "contacts", "--full")
    (problem,) = envelope["errors"]
    assert (code, problem["code"] in {"creatio-right-missing", "creatio-access-denied"}) == (6, True), problem
    assert table in problem["message"], problem
    assert "administrator" in problem["hint"]
    assert town.sides() == before
    assert town.logins() <= 3, "the password is right, and still it is not sent for every request"


@pytest.mark.parametrize(
    ("table", "version"), [("Contact", "8.3.2"), ("ContactInTag", "7.17.3"), ("ContactCommunication", "8.3.2")]
)
def test_a_missing_right_to_write_an_object_leaves_the_rest_done(town: Rehearsal, table: str, version: str) -> None:
    town.sandbox.creatio.version = version
    town.sandbox.creatio.options.denied.add(("write", table))
    code, envelope = town.json("sync", "contacts")
    assert code in {6, 8}, envelope
    assert envelope["errors"]
    assert town.google_person("Ada Lovelace"), "what could be done is done, or comes next time"
    town.sandbox.creatio.options.denied.clear()
    town.sync()
    assert town.person("Grace Hopper")["mails"] == ["grace@navy.example"]
    assert sorted(person["name"] for person in town.desk.contacts()) == ["Ada Lovelace", "Grace Hopper"]
    assert len(town.account.contacts()) == 2


# ── at the same time, and in the middle ──────────────────────────────────────────────────────────────────────


def test_two_runs_at_once(town: Rehearsal) -> None:
    town.sandbox.latency = 0.4
    first = town.start("sync", "contacts")
    town.wait_for((town.home / "run.json").exists)
    ran = town.gsync("sync", "contacts")
    assert ran.code == 7
    _is_one_clear_sentence(ran)
    assert f"process {first.pid}" in ran.err
    assert first.poll() is None, "the first goes on"
    town.sandbox.latency = 0
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert "Done" in out
    assert len(town.account.contacts()) == len(town.desk.contacts()) == 2
    before = town.sides()
    town.sync()
    assert town.sides() == before


def crowd(town: Rehearsal, count: int = 30) -> None:
    for number in range(count):
        town.desk.add_person({"given": f"C{number}", "mails": [f"c{number}@x.example"], "tags": [TAG]})
        person = {"names": [{"givenName": f"G{number}"}], "emailAddresses": [{"value": f"g{number}@x.example"}]}
        town.account.add(person, "Creatio")


def everybody_is_on_both_sides_once(town: Rehearsal) -> None:
    names = sorted(person["name"] for person in town.desk.contacts())
    assert names == sorted(person["names"][0]["displayName"] for person in town.account.contacts())
    assert len(names) == len(set(names))
    assert len(town.account.members("Creatio")) == len(names)


@pytest.mark.parametrize(
    ("path", "nth"),
    [("Login", 1), ("connections", 1), ("batchCreateContacts", 1), ("odata/.batch", 2), ("odata/.batch", 4)],
)
def test_ctrl_c_at_any_moment_ends_in_one_line_and_the_next_run_goes_on(town: Rehearsal, path: str, nth: int) -> None:
    crowd(town)
    town.sandbox.latency = 0.05
    process = town.start("-q", "sync", "contacts")
    ran = town.interrupt(
        process, lambda: sum(bool(re.search(path, entry.path)) for entry in list(town.sandbox.log)) >= nth
    )
    town.sandbox.latency = 0
    if process.returncode:
        assert ran.code == 130, ran
        _is_one_clear_sentence(Ran(ran.code, "", ran.err))
        assert "gsync: Interrupted. What was done so far stays done." in ran.err
    town.sync()
    everybody_is_on_both_sides_once(town)


def test_ctrl_c_on_a_terminal_leaves_the_cursor_and_one_line(town: Rehearsal) -> None:
    crowd(town)
    town.sandbox.latency = 0.3
    environment = {**os.environ, **town.environment, "TERM": "xterm"}
    child = pexpect.spawn(
        sys.executable, ["-m", "gsync_cli", "sync", "contacts"], env=environment, encoding="utf-8", timeout=30,
        dimensions=(24, 80),
    )  # fmt: skip
    child.expect("Reading Google")
    child.sendintr()
    rest = child.read()
    child.close()
    assert child.exitstatus == 130
    assert "gsync: Interrupted." in rest
    assert "Traceback" not in rest
    assert rest.rfind("\x1b[?25h") > rest.rfind("\x1b[?25l"), "the cursor is shown again"


def test_no_run_is_left_behind_as_under_way_by_ctrl_c(town: Rehearsal) -> None:
    crowd(town)
    town.sandbox.latency = 0.1
    town.interrupt(town.start("sync", "contacts"), lambda: any("connections" in e.path for e in list(town.sandbox.log)))
    town.sandbox.latency = 0
    (kind,) = town.json("status")[1]["data"]["kinds"]
    assert kind["ended"] is not None
    assert kind["outcome"] == "interrupted"


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────────


def _no_file_longer_than(size: int) -> Callable[[], None]:
    """A disk that gets full: writing beyond `size` bytes of a file fails (with EFBIG)."""

    def prepare() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return prepare


@pytest.mark.skipif(os.name != "posix", reason="limits of processes are a matter of Unix")
@pytest.mark.parametrize("kibibytes", [4, 80, 130])
def test_a_disk_that_gets_full_loses_and_doubles_nothing(town: Rehearsal, kibibytes: int) -> None:
    crowd(town)
    process = town.start("-q", "sync", "contacts", "--output", "json", prepare=_no_file_longer_than(kibibytes * 1024))
    out, err = process.communicate(timeout=60)
    if process.returncode:
        problem = json.loads(out)["errors"][-1]
        assert (process.returncode, problem["code"]) in {(3, "disk-full"), (5, "file-not-writable")}, (problem, err)
        assert "nothing is lost" in problem["message"] or "unchanged" in problem["message"]
        assert "Make room" in problem["hint"]
    town.sync()
    everybody_is_on_both_sides_once(town)


@pytest.mark.skipif(os.name != "posix", reason="tmpfs is a matter of Linux")
@pytest.mark.parametrize("kibibytes", [96, 160])
def test_a_really_full_disk(town: Rehearsal, kibibytes: int) -> None:
    crowd(town)
    kept = {path.name: path.read_bytes() for path in town.home.iterdir()}
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k,mode=0700", "tmpfs", town.home],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk; the limit of file sizes above stands for it")
    try:
        for name, content in kept.items():
            (town.home / name).write_bytes(content)
            (town.home / name).chmod(0o600)
        ran = town.gsync("sync", "contacts", "--output", "json")
        if ran.code:
            problem = ran.envelope["errors"][-1]
            assert (ran.code, problem["code"]) in {(3, "disk-full"), (5, "file-not-writable")}, problem
        subprocess.run(["mount", "-o", "remount,size=8m", town.home], check=True)
        town.sync()
        everybody_is_on_both_sides_once(town)
    finally:
        subprocess.run(["umount", town.home], check=True)


# ── values that one side refuses ─────────────────────────────────────────────────────────────────────────────


def test_what_google_refuses_fails_alone(town: Rehearsal) -> None:
    crowd(town, 5)
    town.desk.edit_contact(town.person("C3")["id"], job_title="unspeakable")
    town.sandbox.google.behaviour.refused_values.add("unspeakable")
    code, envelope = town.json("sync", "contacts")
    assert (code, envelope["ok"], envelope["data"]["failed"]) == (8, False, 1)
    assert (envelope["data"]["google"]["created"], envelope["data"]["creatio"]["created"]) == (5, 6)
    codes = [problem["code"] for problem in envelope["errors"]]
    assert codes == ["record-failed", "records-failed"]
    assert "C3" in envelope["errors"][0]["message"]
    before = town.sides()
    ran = town.gsync("-q", "sync", "contacts")
    assert ran.code == 8
    assert "C3 was not written to Google" in ran.err
    assert town.sides() == before, "it is tried again, and nothing else is written"
    town.desk.edit_contact(town.person("C3")["id"], job_title="Speaker")
    assert town.sync()["google"]["created"] == 1
    everybody_is_on_both_sides_once(town)


ODD: dict[str, dict[str, Any]] = {
    "long name": {"names": [{"givenName": "x" * 600}]},
    "long mail": {"emailAddresses": [{"value": f"{'x' * 600}@x.example"}]},
    "long phone": {"phoneNumbers": [{"value": "9" * 600}]},
    "long title": {"organizations": [{"title": "T" * 600}]},
    "control characters": {"biographies": [{"value": "\u0001 control", "contentType": "TEXT_PLAIN"}]},
}


def test_odd_values_in_google_hurt_nobody_else(town: Rehearsal) -> None:
    crowd(town, 3)
    odd_ones = {
        town.account.add(
            {"names": [{"givenName": name}], "emailAddresses": [{"value": f"odd{number}@x.example"}], **odd}, "Creatio"
        ): odd
        for number, (name, odd) in enumerate(ODD.items())
    }
    code, envelope = town.json("sync", "contacts")
    data = envelope["data"]
    assert data["google"]["created"] == 4, "everybody else's"
    assert data["creatio"]["created"] + data["failed"] == 4 + len(ODD)
    assert code == (8 if data["failed"] else 0), envelope
    assert len(envelope["errors"]) == (data["failed"] + 1 if data["failed"] else 0)
    for resource_name, odd in odd_ones.items():
        kept = town.account.contact(resource_name)
        assert all(kept[name][0].items() >= odd[name][0].items() for name in odd), "the value in Google stays"
    before = town.sides()
    town.json("sync", "contacts")
    assert town.sides() == before


def test_mails_that_are_none_in_creatio_hurt_nobody_else(town: Rehearsal) -> None:
    """Whether Google takes them is not known; where it does not, that contact fails, or its mail is left out."""
    crowd(town, 3)
    mails = ["no mail at all", "two@signs@x.example", "@x.example"]
    odd = {
        town.desk.add_person(
            {"given": "Odd", "family": f"N{number}", "mails": [mail, f"odd{number}@x.example"], "tags": [TAG]}
        ): mail
        for number, mail in enumerate(mails)
    }
    code, envelope = town.json("sync", "contacts")
    data = envelope["data"]
    assert data["creatio"]["created"] == 4, "everybody else's"
    assert data["google"]["created"] >= 4
    assert data["google"]["created"] + data["failed"] == 4 + len(mails)
    assert code == (8 if data["failed"] else 0), envelope
    said = " ".join([problem["message"] for problem in envelope["errors"]] + data["notes"])
    in_google = json.dumps(town.account.contacts(), default=str)
    for number, (contact, mail) in enumerate(odd.items()):
        assert f"Odd N{number}" in said or mail in in_google
        person = town.desk.contact(contact)
        assert person is not None
        assert person["mails"] == [mail, f"odd{number}@x.example"], "the value in Creatio stays"
    before = town.sides()
    town.json("sync", "contacts")
    assert town.sides() == before


def test_in_text_an_error_is_one_sentence_and_the_next_command(town: Rehearsal) -> None:
    town.sync()
    town.state_file.write_bytes(_random_bytes(town.remembered()))
    for words in (("sync", "contacts", "--link", "x"), ("sync", "contacts"), ("status",)):
        _is_one_clear_sentence(town.gsync("-q", *words))
