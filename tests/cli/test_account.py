"""`gsync account` as a whole process, against a Google over sockets."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pexpect
import pytest

from gsync_cli.credentials import Credentials
from gsync_cli.profiles import Profile
from gsync_cli.provisioning.walk.journal import Decisions, Journal
from tests.google.fake_google import FakeGoogle, consent, redirect_of, refuse, served
from tests.google.rig import grant, installed

GSYNC = (sys.executable, "-m", "gsync_cli")


@dataclass
class Machine:
    """A machine with a GSYNC_HOME, and a Google it can reach."""

    google: FakeGoogle
    home: Path
    environment: dict[str, str]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            (*GSYNC, *words), env=self.environment, capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            (*GSYNC, *words), env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def envelope(self, *words: str) -> tuple[int, dict[str, Any]]:
        done = self.run(*words, "--output", "json")
        return done.returncode, json.loads(done.stdout)

    def profile(self, name: str = "default") -> Profile:
        return Profile(name, self.home if name == "default" else self.home / "profiles" / name)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    google = FakeGoogle()
    home = tmp_path / "home"
    with served(google.handle) as root:
        Credentials(installed=installed(root)).save(Profile("default", home))
        (home / "config.toml").write_text(f'[google.endpoints]\noauth2 = "{root}"\npeople = "{root}"\n')
        (home / "config.toml").chmod(0o600)
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GSYNC_HOME": str(home), "NO_PROXY": "*"}
        yield Machine(google, home, environment)


def address_in(text: str) -> str:
    return next(word for word in text.split() if "response_type=code" in word)


def line_with_address(stream: IO[str]) -> str:
    return address_in(next(line for line in stream if "response_type=code" in line))


# ── add ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_browser_the_address_is_the_only_line_on_stdout(machine: Machine) -> None:
    process = machine.start("account", "add", "--no-browser", "--email", "anna@example.com")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    consent(address)
    rest, said = process.communicate(timeout=30)
    assert (process.returncode, rest) == (0, "")
    assert address.startswith("http://127.0.0.1:")
    assert "login_hint=anna%40example.com" in address
    assert "Signed in as anna@example.com" in said
    assert Credentials.load(machine.profile()).grant is not None


def test_with_json_the_envelope_is_all_there_is_on_stdout(machine: Machine) -> None:
    process = machine.start("account", "add", "--no-browser", "--output", "json")
    assert process.stderr is not None
    consent(line_with_address(process.stderr))
    said, _ = process.communicate(timeout=30)
    envelope = json.loads(said)
    assert (envelope["ok"], envelope["command"]) == (True, "account add")
    assert envelope["data"]["email"] == "anna@example.com"
    assert envelope["data"]["missing"] == []


@pytest.mark.skipif(os.name != "posix", reason="a browser that is a shell script")
def test_a_browser_is_opened_and_may_stay_open_until_its_page_has_come(machine: Machine, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    script = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read())"
    browser.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{script}" "$1" > {tmp_path}/page\n')
    browser.chmod(0o755)
    machine.environment["BROWSER"] = f"{browser} %s"
    done = machine.run("account", "add")
    assert (done.returncode, done.stdout) == (0, "✓ Signed in as anna@example.com.\n"), done.stderr
    assert "connected with anna@example.com" in (tmp_path / "page").read_text()


def test_on_a_machine_without_a_window_the_address_is_said(machine: Machine) -> None:
    process = machine.start("account", "add")
    assert process.stderr is not None
    consent(line_with_address(process.stderr))
    said, _ = process.communicate(timeout=30)
    assert (process.returncode, "Signed in as anna@example.com" in said) == (0, True)


def test_a_cancelled_consent_is_exit_4_with_the_next_command(machine: Machine) -> None:
    process = machine.start("account", "add", "--no-browser")
    assert process.stdout is not None
    page = refuse(process.stdout.readline().strip())
    rest, said = process.communicate(timeout=30)
    assert (process.returncode, rest) == (4, "")
    assert "cancelled" in said
    assert "gsync account add" in said
    assert "cancelled" in page


def test_someone_elses_account_is_exit_4_and_not_stored(machine: Machine) -> None:
    process = machine.start("account", "add", "--no-browser", "--email", "boris@example.com", "--output", "json")
    assert process.stderr is not None
    consent(line_with_address(process.stderr))
    said, _ = process.communicate(timeout=30)
    envelope = json.loads(said)
    assert (process.returncode, envelope["errors"][0]["code"]) == (4, "google-other-account")
    assert Credentials.load(machine.profile()).grant is None


def test_an_account_from_outside_the_domain_of_an_internal_app_is_warned_of(machine: Machine) -> None:
    Journal(Decisions(organization_domain="nordlicht.example")).save(machine.profile())
    machine.google.hosted_domain = "elsewhere.example"
    process = machine.start("account", "add", "--no-browser")
    assert process.stdout is not None
    consent(line_with_address(process.stdout))
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "is not of nordlicht.example" in err


def test_a_box_left_unticked_and_an_app_in_testing_are_warned_of(machine: Machine) -> None:
    machine.google.granted = (
        "openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/contacts"
    )
    machine.google.extra = {"refresh_token_expires_in": 604799}
    process = machine.start("account", "add", "--no-browser", "--quiet")
    assert process.stdout is not None
    consent(process.stdout.readline().strip())
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "events on all your calendars" in said
    assert "in testing" in said


def test_without_a_client_nothing_opens_and_it_is_exit_5(machine: Machine) -> None:
    Credentials().save(machine.profile())
    code, envelope = machine.envelope("account", "add")
    assert (code, envelope["errors"][0]["code"]) == (5, "google-client-missing")
    assert "gsync keys import" in envelope["errors"][0]["hint"]


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_the_redirect_address_can_be_pasted(machine: Machine) -> None:
    child = pexpect.spawn(GSYNC[0], [*GSYNC[1:], "account", "add", "--no-browser"], env=machine.environment, timeout=30,
                          encoding="utf-8", dimensions=(50, 2000))  # fmt: skip
    child.expect(r"(http://\S*response_type=code\S*)")
    back = redirect_of(child.match.group(1))
    child.expect("paste")
    child.sendline("http://127.0.0.1:1/?code=x&state=another")
    child.expect("not the address of this sign-in")
    child.sendline(back)
    child.expect("Signed in as anna@example.com")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_ctrl_c_while_waiting_is_exit_130(machine: Machine) -> None:
    import signal

    process = machine.start("account", "add", "--no-browser")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said


# ── list, show ───────────────────────────────────────────────────────────────────────────────────────────────


def test_list_shows_the_accounts_of_all_profiles(machine: Machine) -> None:
    Credentials(grant=grant()).save(machine.profile())
    Credentials(grant=grant(email="boris@example.com", scopes=())).save(machine.profile("work"))
    Credentials().save(machine.profile("empty"))
    code, envelope = machine.envelope("account", "list")
    found = [(account["profile"], account["email"], account["missing"]) for account in envelope["data"]["accounts"]]
    assert code == 0
    assert found == [("default", "anna@example.com", []), ("work", "boris@example.com", ["contacts", "calendar"])]
    text = machine.run("account", "list").stdout
    assert "anna@example.com" in text
    assert "2026-05-01 08:00 UTC" in text


def test_list_goes_on_past_a_profile_that_cannot_be_read(machine: Machine) -> None:
    Credentials(grant=grant()).save(machine.profile())
    Credentials().save(machine.profile("open"))
    machine.profile("open").credentials_file.chmod(0o644)
    code, envelope = machine.envelope("account", "list")
    assert (code, envelope["ok"], len(envelope["data"]["accounts"])) == (8, False, 1)
    assert envelope["errors"][0]["code"] == "file-readable-by-others"


def test_show_says_who_is_signed_in_and_no_secret(machine: Machine) -> None:
    Credentials(installed=installed(), grant=grant()).save(machine.profile())
    text = machine.run("account", "show").stdout
    data = machine.run("account", "show", "--output", "json").stdout
    assert "anna@example.com" in text
    assert "contacts, calendar" in text
    assert json.loads(data)["data"]["ends_at"] is None
    for secret in ("access-0", "refresh-0", "GOCSPX"):
        assert secret not in text + data


def test_show_without_a_sign_in_is_exit_4(machine: Machine) -> None:
    code, envelope = machine.envelope("account", "show")
    assert (code, envelope["errors"][0]["code"]) == (4, "google-not-signed-in")


def test_list_imports_nothing_heavy(machine: Machine) -> None:
    done = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "gsync_cli", "account", "list"),
        env=machine.environment, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    for heavy in ("googleapiclient", "google_auth_oauthlib", "google.oauth2", "httpx2", "requests", "httplib2"):
        assert f" {heavy}\n" not in done.stderr
