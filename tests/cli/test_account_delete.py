"""`gsync account delete` as a whole process (row D1): what it says, what it asks, and how it ends."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pexpect
import pytest

from gsync_cli.credentials import AccountDeletion, Credentials
from gsync_cli.profiles import Profile
from gsync_cli.sandbox.furnish import EMAIL, TAG
from tests.google.fake_google import FakeGoogle, consent, served
from tests.google.rig import installed
from tests.support.cli import GSYNC, gsync
from tests.support.rehearsal import Rehearsal, rehearsal


@pytest.fixture
def town(home: Path) -> Iterator[Rehearsal]:
    with rehearsal(home / "gsync") as both:
        both.desk.add_person({"given": "Ada", "family": "Lovelace", "mails": ["ada@engines.example"], "tags": [TAG]})
        both.desk.connect_google_account(EMAIL, correspondence=1)
        yield both


def stored(town: Rehearsal) -> Credentials:
    return Credentials.load(Profile("default", town.home))


def on_a_terminal(town: Rehearsal, *words: str) -> "pexpect.spawn[str]":
    environment = {**os.environ, **town.environment, "TERM": "dumb"}
    return pexpect.spawn(
        GSYNC[0], [*GSYNC[1:], *words], dimensions=(50, 400), env=environment, encoding="utf-8", timeout=30
    )


def ended(child: "pexpect.spawn[str]") -> tuple[int, str]:
    screen = child.read()
    child.close()
    return child.exitstatus, screen


@pytest.mark.parametrize("words", [(), ("--output", "json"), ("--no-input",)])
def test_where_nobody_can_answer_nothing_is_done_and_the_flag_is_named(town: Rehearsal, words: tuple[str, ...]) -> None:
    before = town.sides()
    ran = town.gsync("account", "delete", *words)
    assert ran.code == 2
    said = ran.envelope["errors"][0] if "json" in words else {"hint": ran.err, "code": "question-without-terminal"}
    assert said["code"] == "question-without-terminal"
    assert "--yes" in said["hint"]
    assert stored(town).grant is not None
    assert len(town.desk.google_accounts()) == 1
    assert town.sides() == before


def test_with_yes_every_part_is_done_and_told_and_a_synchronisation_then_says_how_to_go_on(town: Rehearsal) -> None:
    town.sync()
    before = town.sides()
    code, envelope = town.json("account", "delete", "--yes")
    assert (code, envelope["ok"], envelope["command"], envelope["errors"]) == (0, True, "account delete", [])
    data = envelope["data"]
    assert {key: data[key] for key in data if key != "parts"} == {
        "account": EMAIL,
        "profile": "default",
        "links_forgotten": 1,
        "kept_links": False,
    }
    assert [(part["part"], part["outcome"]) for part in data["parts"]] == [
        ("creatio", "done"),
        ("google", "done"),
        ("local", "done"),
    ]
    assert EMAIL in data["parts"][0]["detail"]
    assert town.sides() == before
    code, envelope = town.json("sync", "contacts")
    assert code == 4
    assert "gsync account add" in envelope["errors"][0]["hint"]
    code, envelope = town.json("account", "delete")
    assert (code, envelope["ok"], envelope["data"]["account"]) == (0, True, None)
    assert {part["outcome"] for part in envelope["data"]["parts"]} == {"nothing"}


def signed_out(town: Rehearsal) -> None:
    profile = Profile("default", town.home)
    replace(Credentials.load(profile), grant=None).save(profile)


def test_an_account_that_only_creatio_lists_is_found_and_removed(town: Rehearsal) -> None:
    signed_out(town)
    code, envelope = town.json("account", "delete", "--yes")
    assert (code, envelope["data"]["account"]) == (0, EMAIL)
    assert {part["part"]: part["outcome"] for part in envelope["data"]["parts"]} == {
        "creatio": "done",
        "google": "nothing",
        "local": "nothing",
    }
    assert town.desk.google_accounts() == []
    assert stored(town).deletion is None


def test_among_several_that_creatio_lists_a_person_says_which(town: Rehearsal) -> None:
    signed_out(town)
    town.desk.connect_google_account("second@nordlicht.example")
    code, envelope = town.json("account", "delete", "--yes")
    assert (code, envelope["errors"][0]["code"]) == (3, "account-several")
    assert len(town.desk.google_accounts()) == 2
    code, _ = town.json("account", "delete", "--yes", "--email", "second@nordlicht.example")
    assert code == 0
    assert [account["Login"] for account in town.desk.google_accounts()] == [EMAIL]


def test_where_creatio_cannot_be_asked_that_is_said(town: Rehearsal) -> None:
    signed_out(town)
    town.sandbox.faults.add("connect", service="creatio", times=100)
    ran = town.gsync("account", "delete", "--yes")
    assert ran.code == 0
    assert "Whether Creatio lists an account could not be seen" in ran.err


def test_a_person_reads_what_will_happen_and_may_say_no(town: Rehearsal) -> None:
    child = on_a_terminal(town, "account", "delete")
    child.expect_exact("[y/N]")
    told = child.before
    for word in (EMAIL, "“default”", "/creatio", "revoked", "every sign-in", "No contact, no event and no e-mail"):
        assert word in told
    child.sendline("")
    assert ended(child)[0] == 0
    assert stored(town).grant is not None
    assert len(town.desk.google_accounts()) == 1


def test_a_person_says_yes(town: Rehearsal) -> None:
    child = on_a_terminal(town, "account", "delete", "--keep-links")
    child.expect_exact("gsync keeps 0 links")
    child.expect_exact("[y/N]")
    child.sendline("yes")
    code, screen = ended(child)
    assert code == 0
    assert "Creatio: the account “" in screen
    assert "Google: the grant is revoked" in screen
    assert "gsync account add" in screen
    assert stored(town).grant is None
    assert town.desk.google_accounts() == []


def test_links_that_were_kept_are_forgotten_when_asked_again(town: Rehearsal) -> None:
    town.sync()
    assert town.json("account", "delete", "--yes", "--keep-links")[1]["data"]["kept_links"] is True
    assert town.json("account", "delete", "--keep-links")[1]["data"]["account"] is None
    child = on_a_terminal(town, "account", "delete")
    child.expect_exact("1 link.")
    child.expect_exact("[y/N]")
    child.sendline("y")
    code, screen = ended(child)
    assert code == 0
    assert "the sign-in and 1 link are forgotten" in screen


def test_what_fails_is_told_and_the_next_time_finishes_after_a_brief_question(town: Rehearsal) -> None:
    town.sandbox.creatio.options.denied.add(("write", "SocialAccount"))
    code, envelope = town.json("account", "delete", "--yes")
    assert (code, envelope["ok"]) == (8, False)
    assert [error["code"] for error in envelope["errors"]] == ["creatio-account-stays", "account-deletion-unfinished"]
    assert "Accounts in external resources" in envelope["errors"][0]["hint"]
    assert "gsync --profile default account delete" in envelope["errors"][1]["hint"]
    assert [part["outcome"] for part in envelope["data"]["parts"]] == ["failed", "done", "done"]
    assert "not finished" in town.gsync("account", "show").err
    town.sandbox.creatio.options.denied.clear()
    child = on_a_terminal(town, "account", "delete")
    child.expect_exact("[y/N]")
    assert len(child.before.strip().splitlines()) == 1
    assert "not finished" in child.before
    child.sendline("y")
    code, screen = ended(child)
    assert code == 0, screen
    assert town.desk.google_accounts() == []
    assert stored(town).deletion is None


def test_help_shows_examples() -> None:
    ran = gsync("account", "delete", "--help")
    assert ran.code == 0
    assert "gsync account delete --yes" in ran.out


@pytest.mark.parametrize(("known", "code"), [("anna@example.com", 0), ("bob@example.com", 3)])
def test_signing_in_over_an_unfinished_deletion_is_for_the_same_account_alone(
    home: Path, known: str, code: int
) -> None:
    profile = Profile("default", home / "gsync")
    with served(FakeGoogle().handle) as root:
        begun = AccountDeletion(known, "client", "refresh-old")
        Credentials(installed=installed(root), deletion=begun).save(profile)
        profile.config_file.write_text(f'[google.endpoints]\noauth2 = "{root}"\n')
        profile.config_file.chmod(0o600)
        process = subprocess.Popen(
            [*GSYNC, "account", "add", "--no-browser"], text=True, env={**os.environ, "NO_PROXY": "*"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        consent(process.stdout.readline().strip())
        _, said = process.communicate(timeout=30)
    assert process.returncode == code, said
    after = Credentials.load(profile)
    if code:
        assert "not finished" in said
        assert "gsync --profile default account delete" in said
        assert (after.grant, after.deletion) == (None, begun)
    else:
        assert "given up" in said
        assert after.grant is not None
        assert after.deletion is None
        assert replace(after, grant=None) == Credentials(installed=installed(root))
