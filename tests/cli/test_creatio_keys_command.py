"""`gsync creatio push-keys` and `mail-provider`: what a person reads and is asked, and what a script gets."""

import io
import json
import sys
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest

from gsync_cli.cli.app import main
from gsync_cli.credentials import Credentials, GoogleClient, fingerprint
from gsync_cli.http import Http
from gsync_cli.profiles import profile
from gsync_cli.provisioning.creatio_keys import CODES, KEY, SECRET, SHARED
from gsync_cli.sandbox.creatio.site import FIRST_PASSWORD, FIRST_USER
from tests.support.creatio_rig import Rig, rig

CLIENT = GoogleClient("web", "123456-abcdefghijklmnopqrstuvwxyz123456.apps.googleusercontent.com", "GOCSPX-verysecret")
CONNECT = ("creatio", "connect", "http://crm.example/creatio", "--username", FIRST_USER, "--password-stdin")


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


class Google(httpx2.BaseTransport):
    """Google's token endpoint, which takes one secret; all else goes to the site."""

    def __init__(self, world: Rig) -> None:
        self.world = world
        self.secrets = {CLIENT.client_secret}
        self.answer: httpx2.Response | None = None
        self.asked = 0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.host != "oauth2.googleapis.com":
            return self.world.handle_request(request)
        self.asked += 1
        if self.answer is not None:
            return self.answer
        (secret,) = parse_qs(request.read().decode())["client_secret"]
        if secret in self.secrets:
            return httpx2.Response(400, json={"error": "invalid_grant", "error_description": "Malformed auth code."})
        return httpx2.Response(401, json={"error": "invalid_client", "error_description": "Unauthorized"})


class Shell:
    """Runs gsync in process against the sandbox's Creatio."""

    def __init__(self, world: Rig, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.world, self._patch, self._capture = world, patch, capture
        self.google = Google(world)
        patch.setattr("gsync_cli.http.Http", partial(Http, transport=self.google))
        assert self.run(*CONNECT, stdin=FIRST_PASSWORD)[0] == 0
        self.import_client(CLIENT)
        world.requests.clear()

    def import_client(self, client: GoogleClient | None) -> None:
        replace(Credentials.load(profile(None)), web=client).save(profile(None))

    def run(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """Return exit code, stdout and stderr; the secret may be in neither."""
        self._patch.setattr(sys, "stdin", io.StringIO(stdin))
        code = main(list(words))
        out, err = self._capture.readouterr()
        assert CLIENT.client_secret not in out + err
        return code, out, err

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        code, out, _ = self.run(*words, "--output", "json")
        envelope: dict[str, Any] = json.loads(out)
        return code, envelope

    def asked(self, *words: str, answer: str) -> tuple[int, str, str]:
        """Run on a terminal, and answer the question."""
        screen = Terminal()
        with self._patch.context() as patch:
            patch.setattr(sys, "stderr", screen)
            patch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
            code = main(list(words))
        return code, self._capture.readouterr().out, screen.getvalue()

    @property
    def wrote(self) -> bool:
        """Whether anything was sent that changes something."""
        ends = ("PostSysSettingsValues", "InsertQuery", "UpdateQuery", "DeleteQuery")
        return any(
            request.path.endswith(ends)
            or request.method in {"PATCH", "DELETE"}
            or (request.method == "POST" and "/odata/" in request.path)
            for request in self.world.requests
        )


@pytest.fixture
def world() -> Rig:
    return rig()


@pytest.fixture
def shell(world: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(world, monkeypatch, capsys)


# ── push-keys ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pushing_the_keys_tells_what_became_of_each_setting(shell: Shell) -> None:
    code, out, err = shell.run("creatio", "push-keys")
    assert (code, err) == (0, "")
    assert out.count("written, and read back") == 3
    for told in (*CODES, CLIENT.client_id, fingerprint(CLIENT.client_secret) or "?"):
        assert told in out
    assert "8.0" not in out
    assert shell.world.desk.setting(KEY) == CLIENT.client_id
    assert shell.run("creatio", "push-keys")[1].count("was right already") == 3


def test_a_rehearsal_says_what_would_be_written_and_writes_nothing(shell: Shell) -> None:
    code, envelope = shell.json("creatio", "push-keys", "--dry-run")
    assert (code, envelope["ok"]) == (0, True)
    assert envelope["data"] == {
        "dry_run": True,
        "client_id": CLIENT.client_id,
        "secret_fingerprint": fingerprint(CLIENT.client_secret),
        "settings": {
            KEY: {"state": "empty", "outcome": None},
            SECRET: {"state": "empty", "outcome": None},
            SHARED: {"state": "other", "outcome": None},
        },
        "replaces": None,
        "replaces_in_use": False,
        "contact_sync_dropped": False,
    }
    assert "would be written" in shell.run("creatio", "push-keys", "--dry-run")[1]
    assert not shell.wrote


def test_a_setting_that_fails_is_a_problem_and_the_rest_is_done(shell: Shell) -> None:
    shell.world.site.options.short_text = 50
    code, envelope = shell.json("creatio", "push-keys")
    assert (code, envelope["ok"]) == (8, False)
    assert [error["code"] for error in envelope["errors"]] == ["creatio-setting-cut"]
    assert f"50 of {len(CLIENT.client_id)} characters" in envelope["errors"][0]["message"]
    assert "Unlimited length text" in envelope["errors"][0]["hint"]
    assert {code: told["outcome"] for code, told in envelope["data"]["settings"].items()} == {
        KEY: "failed",
        SECRET: "written",
        SHARED: "written",
    }


def test_where_every_setting_fails_the_site_refuses(shell: Shell) -> None:
    shell.world.site.options.refused_settings = set(CODES)
    code, envelope = shell.json("creatio", "push-keys")
    assert code == 6
    assert len(envelope["errors"]) == 3


def test_a_missing_right_names_the_operation_to_ask_for(shell: Shell) -> None:
    shell.world.site.options.missing_operations = {"CanManageSysSettings"}
    code, _, err = shell.run("creatio", "push-keys")
    assert code == 6
    assert "CanManageSysSettings" in err


@pytest.mark.parametrize("words", [("creatio", "push-keys"), ("creatio", "mail-provider")])
def test_without_a_client_or_its_secret_the_way_to_one_is_shown(shell: Shell, words: tuple[str, ...]) -> None:
    shell.import_client(replace(CLIENT, client_secret=""))
    code, _, err = shell.run(*words)
    assert code == 5
    assert "gsync keys import" in err
    shell.import_client(None)
    code, envelope = shell.json(*words)
    assert (code, envelope["errors"][0]["code"]) == (5, "creatio-keys-client-missing")
    assert shell.world.requests == []


def other_client_in_use(world: Rig) -> None:
    world.desk.set_setting(KEY, "old.apps.googleusercontent.com")
    world.desk.set_setting(SHARED, value=False)


def test_another_client_in_use_is_replaced_only_on_somebodys_word(shell: Shell) -> None:
    other_client_in_use(shell.world)
    code, _, err = shell.run("creatio", "push-keys")
    assert code == 2
    assert "--yes" in err
    code, out, screen = shell.asked("creatio", "push-keys", answer="n")
    assert (code, out) == (0, "Nothing was written.\n")
    assert "old.apps.googleusercontent.com" in screen
    assert not shell.wrote
    code, _, err = shell.run("creatio", "push-keys", "--yes")
    assert code == 0
    assert "must sign in to Google again" in err
    assert shell.world.desk.setting(KEY) == CLIENT.client_id


def test_another_client_that_is_not_in_use_is_named_before_and_after_it_is_overwritten(shell: Shell) -> None:
    shell.world.desk.set_setting(KEY, "old.apps.googleusercontent.com")
    _, _, err = shell.run("creatio", "push-keys", "--dry-run")
    assert "old.apps.googleusercontent.com" in err
    code, envelope = shell.json("creatio", "push-keys")
    assert code == 0
    data = envelope["data"]
    assert (data["replaces"], data["replaces_in_use"]) == ("old.apps.googleusercontent.com", False)
    shell.world.desk.set_setting(KEY, "old.apps.googleusercontent.com")
    shell.world.desk.set_setting(SHARED, value=True)
    code, _, err = shell.run("creatio", "push-keys")
    assert code == 0
    assert "old.apps.googleusercontent.com, stood in Creatio" in " ".join(err.split())


@pytest.mark.parametrize(("version", "told"), [("7.18.5", False), ("8.0.0", True)])
def test_from_8_on_it_says_what_the_keys_are_for(
    world: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], version: str, *, told: bool
) -> None:
    world.site.version = version
    shell = Shell(world, monkeypatch, capsys)
    assert ("mail and calendar" in shell.run("creatio", "push-keys")[1].replace("\n", " ")) is told
    assert shell.json("creatio", "push-keys")[1]["data"]["contact_sync_dropped"] is told


# ── mail-provider ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_provider_is_set_without_a_question_where_no_mailbox_uses_it(shell: Shell) -> None:
    code, out, err = shell.run("creatio", "mail-provider")
    assert (code, err) == (0, "")
    assert "GMail" in out
    assert "written, not readable" in out
    (row,) = [row for row in shell.world.desk.providers() if row["application"]]
    assert row["application"]["SecretKey"] == CLIENT.client_secret


def test_a_rehearsal_of_the_provider_writes_nothing_and_tells_everything(shell: Shell) -> None:
    shell.world.desk.set_gmail_provider(Port=143)
    shell.world.desk.add_mailbox("anna@example.com")
    shell.world.requests.clear()
    code, envelope = shell.json("creatio", "mail-provider", "--dry-run")
    assert code == 0
    data = envelope["data"]
    assert (data["dry_run"], data["done"], data["made"], data["application"]) == (True, False, False, "linked")
    assert (data["mailboxes"], data["mended"]) == (1, {"Port": {"from": 143, "to": 993}})
    assert "1 mailbox must sign in again" in shell.run("creatio", "mail-provider", "--dry-run")[1]
    assert not shell.wrote


def test_before_mailboxes_lose_their_sign_in_somebody_is_asked(shell: Shell) -> None:
    shell.world.desk.add_mailbox("anna@example.com")
    shell.world.desk.add_mailbox("ben@example.com")
    shell.world.requests.clear()
    code, _, err = shell.run("creatio", "mail-provider")
    assert code == 2
    assert "--yes" in err
    code, envelope = shell.json("creatio", "mail-provider")
    assert (code, envelope["errors"][0]["code"]) == (2, "question-without-terminal")
    code, out, screen = shell.asked("creatio", "mail-provider", answer="")
    assert (code, out) == (0, "Nothing was written.\n")
    assert "2 mailboxes must sign in again" in screen
    assert not shell.wrote
    assert shell.asked("creatio", "mail-provider", answer="y")[0] == 0
    assert [row["SynchronizationStopped"] for row in shell.world.desk.mailboxes()] == [True, True]
    code, envelope = shell.json("creatio", "mail-provider")
    assert (code, envelope["data"]["application"], envelope["data"]["mailboxes"]) == (0, "kept", 0)


def test_yes_answers_for_a_script(shell: Shell) -> None:
    shell.world.desk.add_mailbox("anna@example.com")
    code, envelope = shell.json("creatio", "mail-provider", "--yes")
    assert (code, envelope["data"]["done"], envelope["data"]["mailboxes"]) == (0, True, 1)


def test_a_missing_right_names_what_to_ask_for(shell: Shell) -> None:
    shell.world.site.options.missing_operations = {"CanManageMailServers"}
    code, _, err = shell.run("creatio", "mail-provider")
    assert code == 6
    assert "CanManageMailServers and CanManageLookups" in err


def test_a_second_run_says_that_nothing_is_to_be_written(shell: Shell) -> None:
    shell.run("creatio", "mail-provider")
    shell.world.requests.clear()
    code, out, _ = shell.run("creatio", "mail-provider")
    assert (code, "right already" in out) == (0, True)
    data = shell.json("creatio", "mail-provider", "--dry-run")[1]["data"]
    assert (data["unchanged"], data["secret"]) == (True, "written before")
    assert not shell.wrote


def test_a_column_that_was_empty_is_said_to_be(shell: Shell) -> None:
    shell.world.desk.set_gmail_provider(Address="")
    assert "imap.gmail.com, was empty" in shell.run("creatio", "mail-provider", "--dry-run")[1]


def test_who_else_signs_in_with_the_application_is_named_before_and_after(shell: Shell) -> None:
    old = shell.world.desk.add_oauth_application("old.apps.googleusercontent.com")
    shell.world.desk.set_gmail_provider(OAuthApplicationId=old)
    sales = shell.world.desk.add_provider(Name="Gmail Sales", Address="imap.gmail.com", OAuthApplicationId=old)
    shell.world.desk.add_mailbox("anna@example.com", sales)
    shell.world.requests.clear()
    assert shell.run("creatio", "mail-provider")[0] == 2
    code, _, screen = shell.asked("creatio", "mail-provider", answer="n")
    assert (code, "Gmail Sales" in screen, "1 mailbox must sign in again" in screen) == (0, True, True)
    assert not shell.wrote
    code, out, err = shell.run("creatio", "mail-provider", "--yes")
    assert (code, "left as it is" in out) == (0, False)
    assert "of “GMail” and “Gmail Sales”" in " ".join(err.split())


# ── what Google refuses goes nowhere ─────────────────────────────────────────────────────────────────────────────

BOTH = pytest.mark.parametrize("command", ["push-keys", "mail-provider"])


@BOTH
def test_a_secret_that_google_refuses_never_takes_the_place_of_one_that_works(shell: Shell, command: str) -> None:
    shell.import_client(replace(CLIENT, client_secret="GOCSPX-mistyped", former_secret=CLIENT.client_secret))
    code, envelope = shell.json("creatio", command, "--yes")
    assert (code, [error["code"] for error in envelope["errors"]]) == (5, ["client-former-secret-works"])
    assert "gsync keys set --kind web --former" in envelope["errors"][0]["hint"]
    shell.import_client(replace(CLIENT, client_secret="GOCSPX-mistyped"))
    code, envelope = shell.json("creatio", command, "--yes")
    assert (code, [error["code"] for error in envelope["errors"]]) == (5, ["client-secret-wrong"])
    assert not shell.wrote


@BOTH
def test_where_google_can_not_be_asked_the_keys_are_written_and_that_is_said(shell: Shell, command: str) -> None:
    shell.google.answer = httpx2.Response(200, text="<html>the guest network's page</html>")
    code, _, err = shell.run("creatio", command)
    assert code == 0
    assert "could not be asked whether it takes the secret" in " ".join(err.split())
    assert shell.wrote
