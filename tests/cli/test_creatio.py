"""`gsync creatio`: nothing is stored that was not tried, and no secret is ever shown."""

import io
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gsync_cli.cli.app import main
from gsync_cli.credentials import Credentials
from gsync_cli.http import Http
from gsync_cli.profiles import profile
from tests.creatio.fake import CONTACT_ID, PASSWORD, URL, USER_ID, FakeCreatio, rows

CONNECT = ("creatio", "connect", "crm.example.com/app/0/Nui/ViewModule.aspx", "--username", "anna", "--password-stdin")


class Shell:
    """Runs gsync in process against a fake site."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.site = FakeCreatio()
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        transport = httpx2.MockTransport(self.site.handle)
        monkeypatch.setattr("gsync_cli.http.Http", partial(Http, transport=transport))

    def run(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """Return exit code, stdout and stderr."""
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main(list(words))
        out, err = self._capsys.readouterr()
        return code, out, err

    def json(self, *words: str, stdin: str = "") -> dict[str, Any]:
        """Return the envelope."""
        _, out, _ = self.run(*words, "--output", "json", stdin=stdin)
        envelope: dict[str, Any] = json.loads(out)
        return envelope


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(monkeypatch, capsys)


def files() -> list[Path]:
    folder = profile(None).folder
    return sorted(folder.iterdir()) if folder.exists() else []


def test_connecting_says_what_was_found_and_stores_it(shell: Shell) -> None:
    code, out, err = shell.run(*CONNECT, stdin=f"{PASSWORD}\n")
    assert code == 0, err
    for told in (URL, "7.17.3.1377", ".NET Framework", "anna", "new"):
        assert told in out
    assert "synchronises contacts" not in out
    assert shell.run("config", "get", "creatio.url")[1].strip().endswith(URL)
    assert shell.run("config", "get", "creatio.username")[1].strip().endswith("anna")
    stored = Credentials.load(profile(None))
    assert stored.creatio is not None
    assert stored.creatio.password == PASSWORD
    assert stored.session is not None
    assert stored.session.contact_id == CONTACT_ID


def test_status_uses_the_session_that_connecting_made(shell: Shell) -> None:
    shell.run(*CONNECT, stdin=PASSWORD)
    logins = shell.site.logins
    data = shell.json("creatio", "status")["data"]
    assert shell.site.logins == logins
    assert data == {
        "url": URL,
        "version": "7.17.3.1377",
        "runtime": "framework",
        "auth": "password",
        "name": "anna",
        "user": "anna",
        "user_id": USER_ID,
        "contact_id": CONTACT_ID,
        "dates": "unknown",
        "session_reused": True,
        "contact_sync_dropped": False,
    }


def test_status_says_when_it_had_to_sign_in_again(shell: Shell) -> None:
    shell.run(*CONNECT, stdin=PASSWORD)
    shell.site.session = 99
    assert shell.json("creatio", "status")["data"]["session_reused"] is False
    assert shell.json("creatio", "status")["data"]["session_reused"] is True


def test_from_8_on_connecting_says_what_gsync_gives_back(shell: Shell) -> None:
    shell.site.version = "8.1.2.3000"
    _, out, _ = shell.run(*CONNECT, stdin=PASSWORD)
    assert "no longer synchronises contacts" in out
    assert shell.json("creatio", "status")["data"]["contact_sync_dropped"] is True


@pytest.mark.parametrize(("login_code", "exit_code"), [(1, 4), (3, 6), (4, 6), (5, 3)])
def test_nothing_is_stored_when_signing_in_fails(shell: Shell, login_code: int, exit_code: int) -> None:
    shell.site.refuse, shell.site.code = True, login_code
    code, out, err = shell.run(*CONNECT, stdin=PASSWORD)
    assert code == exit_code
    assert out == ""
    assert "gsync" in err
    assert files() == []
    assert shell.site.logins == 1


def test_a_failed_attempt_leaves_the_former_connection_as_it_is(shell: Shell) -> None:
    shell.run(*CONNECT, stdin=PASSWORD)
    before = [(path, path.read_bytes()) for path in files()]
    assert shell.run(*CONNECT, stdin="wrong")[0] == 4
    assert [(path, path.read_bytes()) for path in files()] == before


def test_connecting_again_is_what_makes_gsync_use_a_password_again(shell: Shell) -> None:
    shell.run(*CONNECT, stdin=PASSWORD)
    shell.site.password, shell.site.session = "renewed", 99
    assert shell.run("creatio", "status")[0] == 4
    logins = shell.site.logins
    code, _, err = shell.run("creatio", "status")
    assert (code, shell.site.logins) == (4, logins)
    assert "creatio connect" in err
    assert shell.run(*CONNECT, stdin="renewed")[0] == 0
    shell.site.session = 99
    assert shell.run("creatio", "status")[0] == 0


def test_an_oauth_application_is_connected_for_a_named_user(shell: Shell) -> None:
    shell.site.on("odata/SysAdminUnit", rows({"Id": USER_ID, "Name": "boris", "ContactId": CONTACT_ID}))
    words = ("creatio", "connect", URL, "--client-id", "app", "--client-secret-stdin")
    code, _, err = shell.run(*words, stdin=PASSWORD)
    assert (code, shell.site.asked) == (5, [])
    assert "--user" in err
    identity = ("--identity-url", "https://id.example.com")
    data = shell.json(*words, "--user", "boris", *identity, stdin=PASSWORD)["data"]
    assert (data["auth"], data["name"], data["user"]) == ("oauth", "app", "boris")
    assert shell.json("creatio", "status")["data"]["session_reused"] is True
    stored = Credentials.load(profile(None))
    assert stored.creatio is not None
    assert (stored.creatio.client_secret, stored.creatio.password) == (PASSWORD, "")


def test_settings_of_another_site_do_not_follow_to_a_new_one(shell: Shell) -> None:
    shell.run(*CONNECT, "--runtime", "framework", stdin=PASSWORD)
    assert shell.json("config", "get", "creatio.runtime")["data"]["value"] == "framework"
    shell.run(*CONNECT, stdin=PASSWORD)
    assert shell.json("config", "get", "creatio.runtime")["data"]["value"] == "framework"
    shell.site.prefix = ""
    other = shell.json("creatio", "connect", "https://other.example.com/app", *CONNECT[3:], stdin=PASSWORD)
    assert other["data"]["runtime"] == "net"
    assert shell.json("config", "get", "creatio.runtime")["data"]["value"] == "auto"


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("creatio", "connect", URL, "--username", "anna"), "--password-stdin"),
        (("creatio", "connect", URL), "--username"),
        (("creatio", "connect", URL, "--username", "a", "--client-id", "b"), "--client-id"),
        (("creatio", "connect", URL, "--client-id", "b", "--password-stdin"), "--client-secret-stdin"),
        (("creatio", "connect", URL, "--username", "a", "--client-secret-stdin"), "--password-stdin"),
        (("creatio", "connect", "https://u:p@crm.example.com", "--username", "a"), "crm.example.com"),
        (("creatio", "connect", URL, "--username", "a", "--runtime", "java"), "framework"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_sent(shell: Shell, words: tuple[str, ...], named: str) -> None:
    code, _, err = shell.run(*words)
    assert code == 2
    assert named in err
    assert shell.site.asked == []


def test_status_without_a_connection_says_how_to_make_one(shell: Shell) -> None:
    code, _, err = shell.run("creatio", "status")
    assert code == 5
    assert "gsync creatio connect" in err


def test_advice_to_change_the_password_is_passed_on(shell: Shell) -> None:
    shell.site.refuse, shell.site.code = True, 2
    code, _, err = shell.run(*CONNECT, stdin=PASSWORD)
    assert code == 0
    assert "change the password" in err


def test_no_secret_is_shown_or_stands_in_the_settings(shell: Shell) -> None:
    told = [*shell.run(*CONNECT, "-vv", stdin=PASSWORD), *shell.run("creatio", "status", "-vv")]
    shell.site.refuse = True
    told += shell.run(*CONNECT, "-vv", stdin=PASSWORD)
    text = "".join(str(part) for part in told) + profile(None).config_file.read_text()
    for secret in (PASSWORD, json.dumps(PASSWORD)[1:-1], "csrf-1", "BPMSESSIONID"):
        assert secret not in text
