"""`gsync sync contacts` as a user and a script meet it: whole processes, real HTTP, both services (rows C1 to C7)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gsync_cli.sandbox.furnish import EMAIL, INSTALLED_ID, TAG
from tests.support.rehearsal import Rehearsal, rehearsal

ADA: dict[str, Any] = {
    "given": "Ada",
    "family": "Lovelace",
    "mails": ["ada@engines.example"],
    "phones": [("mobile", "+49 151 0000001")],
    "job_title": "Analyst",
}
GRACE = {
    "names": [{"givenName": "Grace", "familyName": "Hopper"}],
    "emailAddresses": [{"value": "grace@navy.example", "type": "work"}],
}
NOTHING = {"created": 0, "updated": 0, "unlinked": 0}


@pytest.fixture
def town(home: Path) -> Iterator[Rehearsal]:
    with rehearsal(home / "gsync") as empty:
        yield empty


@pytest.fixture
def full_town(home: Path) -> Iterator[Rehearsal]:
    with rehearsal(home / "gsync", furnished=True) as full:
        yield full


def add(town: Rehearsal, person: dict[str, Any]) -> str:
    return town.desk.add_person({**person, "tags": [TAG]})


# ── the guide's story ────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_makes_the_group_and_sends_the_tagged_contacts_into_it(town: Rehearsal) -> None:
    add(town, ADA)
    town.desk.add_person({"given": "Untagged", "family": "Person", "mails": ["untagged@x.example"]})
    assert list(town.account.groups()) == []
    data = town.sync()
    assert (data["google"], data["creatio"]) == ({**NOTHING, "created": 1}, NOTHING)
    assert list(town.account.groups()) == ["Creatio"]
    (ada,) = town.account.contacts("Creatio")
    assert ada["emailAddresses"][0]["value"] == "ada@engines.example"
    assert len(town.account.contacts()) == 1


def test_contacts_moved_into_the_group_are_imported_with_the_tag(town: Rehearsal) -> None:
    town.sync()
    grace = town.account.add(GRACE)
    town.sync()
    assert town.desk.contacts() == [], "nobody moved her into the group yet"
    town.account.join(grace, "Creatio")
    data = town.sync()
    assert (data["google"], data["creatio"]) == (NOTHING, {**NOTHING, "created": 1})
    (person,) = town.desk.contacts()
    assert (person["name"], person["mails"], person["tags"]) == ("Grace Hopper", ["grace@navy.example"], [TAG])


def test_somebody_who_is_in_creatio_already_is_recognised_and_not_doubled(town: Rehearsal) -> None:
    known = town.desk.add_person({"given": "Grace", "family": "Hopper", "mails": ["grace@navy.example"]})
    town.sync()
    town.account.join(town.account.add(GRACE), "Creatio")
    data = town.sync()
    assert (data["linked"], data["creatio"]["created"]) == (1, 0)
    (person,) = town.desk.contacts()
    assert (person["id"], person["tags"]) == (known, [TAG])


def test_a_second_run_writes_nothing(full_town: Rehearsal) -> None:
    full_town.sync()
    before = full_town.sides()
    data = full_town.sync()
    assert (data["google"], data["creatio"], data["linked"]) == (NOTHING, NOTHING, 0)
    assert full_town.sides() == before
    assert sum(data["requests"].values()) <= 6


def test_an_edit_on_each_side_arrives_on_the_other(town: Rehearsal) -> None:
    ada = add(town, ADA)
    town.sync()
    resource = town.account.find("ada@engines.example")
    town.desk.edit_contact(ada, job_title="Countess")
    town.account.edit(resource, birthdays=[{"date": {"year": 1815, "month": 12, "day": 10}}])
    data = town.sync()
    assert (data["google"]["updated"], data["creatio"]["updated"], data["conflicts"]) == (1, 1, 0)
    assert town.account.contact(resource)["organizations"][0]["title"] == "Countess"
    assert town.person("Ada Lovelace")["birthday"] == "1815-12-10"


def test_where_both_changed_one_field_the_later_change_wins_and_the_other_is_in_the_report(town: Rehearsal) -> None:
    ada = add(town, ADA)
    town.sync()
    resource = town.account.find("ada@engines.example")
    town.sandbox.clock.advance(60)
    town.desk.edit_contact(ada, job_title="Countess")
    town.sandbox.clock.advance(60)
    town.account.edit(resource, organizations=[{"title": "Programmer"}])
    data = town.sync()
    assert data["conflicts"] == 1
    assert town.person("Ada Lovelace")["job_title"] == "Programmer"
    (change,) = [change for item in data["items"] for change in item["changes"] if change["field"] == "job_title"]
    assert (change["before"], change["after"], change["lost"]) == ("Countess", "Programmer", "Countess")


def test_a_deletion_never_spreads(town: Rehearsal) -> None:
    ada = add(town, ADA)
    add(town, {"given": "Alan", "family": "Turing", "mails": ["alan@park.example"]})
    town.sync()
    town.desk.delete_contact(ada)
    town.account.delete(town.account.find("alan@park.example"))
    data = town.sync("--allow-mass-change")
    assert (data["google"], data["creatio"]) == ({**NOTHING, "unlinked": 1}, {**NOTHING, "unlinked": 1})
    assert [person["tags"] for person in town.desk.contacts()] == [[]]
    assert town.account.contacts("Creatio") == []
    assert len(town.account.contacts()) == 1
    assert town.sync()["google"] == NOTHING


def test_versions_that_lost_the_feature_are_served_as_well(town: Rehearsal) -> None:
    town.sandbox.creatio.version = "8.1.2"
    add(town, ADA)
    assert town.sync()["google"]["created"] == 1


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_json_has_the_keys_and_types_of_the_interface(full_town: Rehearsal) -> None:
    code, envelope = full_town.json("sync", "contacts")
    assert code == 0
    assert {name: type(value) for name, value in envelope.items()} == {
        "schema": str, "command": str, "ok": bool, "data": dict, "errors": list,
    }  # fmt: skip
    assert (envelope["schema"], envelope["command"], envelope["ok"]) == ("gsync/1", "sync contacts", True)
    data = envelope["data"]
    assert isinstance(data["run"], str)
    assert data["run"]
    assert data["dry_run"] is False
    for side in ("google", "creatio"):
        assert {name: type(count) for name, count in data[side].items()} == dict.fromkeys(NOTHING, int)
    assert {type(data[name]) for name in ("linked", "conflicts", "skipped", "failed")} == {int}
    assert data["requests"].keys() == {"google", "creatio"}


def test_the_requests_of_the_report_are_those_that_the_services_saw(full_town: Rehearsal) -> None:
    data = full_town.sync()
    seen = full_town.sandbox.counts()
    assert data["requests"] == {
        "google": seen["people"] + seen["oauth2"] + seen["accounts"],
        "creatio": seen["creatio"],
    }


def test_an_error_is_an_envelope_too_and_stderr_stays_empty(town: Rehearsal) -> None:
    ran = town.gsync("sync", "contacts", "--tag", "Nobody", "--output", "json")
    (error,) = ran.envelope["errors"]
    assert (ran.code, ran.envelope["ok"], ran.err) == (5, False, "")
    assert error.keys() == {"code", "message", "hint"}
    assert error["code"] == "creatio-tag-missing"


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_in_a_pipe_there_is_no_escape_sequence_and_progress_is_on_stderr(full_town: Rehearsal) -> None:
    ran = full_town.gsync("sync", "contacts")
    assert "\x1b" not in ran.out + ran.err
    assert "Reading Google" in ran.err
    assert "Reading Google" not in ran.out
    assert "Creatio" in ran.out


def test_quiet_leaves_the_result_and_drops_the_progress(full_town: Rehearsal) -> None:
    ran = full_town.gsync("--quiet", "sync", "contacts")
    assert (ran.code, ran.err) == (0, "")
    assert "Done" in ran.out


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(full_town: Rehearsal, columns: int) -> None:
    code, screen = full_town.on_a_terminal("--no-color", "sync", "contacts", columns=columns)
    assert code == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.replace("\r", "\n"))
    counts = [line for line in shown.split("\n") if "created" in line or "requests" in line]
    assert counts, "no word is broken"
    assert all(len(line) <= columns for line in counts)


# ── options ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_sends_no_write_and_foretells_what_the_run_then_does(full_town: Rehearsal) -> None:
    before = full_town.sides()
    foretold = full_town.sync("--dry-run")
    assert foretold["dry_run"] is True
    assert full_town.sides() == before
    done = full_town.sync()
    for name in ("google", "creatio", "linked", "conflicts", "skipped", "failed"):
        assert foretold[name] == done[name], name


def test_a_dry_run_shows_field_by_field_what_would_change_and_why(town: Rehearsal) -> None:
    ada = add(town, ADA)
    town.sync()
    town.desk.edit_contact(ada, job_title="Countess")
    shown = town.gsync("sync", "contacts", "--dry-run").out
    for told in ("Ada Lovelace", "job title", "Analyst", "Countess", "changed in Creatio"):
        assert told in shown
    items = town.sync("--dry-run")["items"]
    assert [(item["side"], item["action"], item["label"]) for item in items] == [("google", "update", "Ada Lovelace")]
    assert items[0]["changes"] == [{"field": "job_title", "before": "Analyst", "after": "Countess", "lost": ""}]


@pytest.mark.parametrize("name", ["نجيب محفوظ", "עמוס עוז", "村上 春樹", "Анна Ахматова", "🦊"])
def test_names_of_every_script_are_shown_as_they_are(town: Rehearsal, name: str) -> None:
    add(town, {"given": name, "mails": ["one@x.example"], "notes": "<p>" + "long " * 500 + "</p>"})
    for words in (("--dry-run",), ()):
        assert name in town.gsync("sync", "contacts", *words).out or not words
    assert town.account.contacts("Creatio")[0]["names"][0]["givenName"] == name


def test_a_long_note_does_not_make_the_lines_of_a_pipe_endless(town: Rehearsal) -> None:
    add(town, {**ADA, "notes": "<p>" + "word " * 1000 + "</p>"})
    shown = town.gsync("sync", "contacts", "--dry-run").out
    assert max(len(line) for line in shown.splitlines()) < 400


def test_full_reads_everything_and_still_writes_nothing(full_town: Rehearsal) -> None:
    full_town.sync()
    before = full_town.sides()
    data = full_town.sync("--full")
    assert (data["google"], data["creatio"]) == (NOTHING, NOTHING)
    assert full_town.sides() == before


def test_a_missing_tag_is_made_on_request(town: Rehearsal) -> None:
    town.sync("--tag", "Family", "--create-tag")
    kinds = {row["Name"]: row["TypeId"] for row in town.desk.rows("ContactTag")}
    assert kinds.keys() == {TAG, "Family"}
    assert kinds["Family"] == kinds[TAG]


def test_link_settles_who_is_who(town: Rehearsal) -> None:
    ada = add(town, {"given": "Ada", "family": "King", "mails": ["info@engines.example"]})
    other = town.account.add(
        {
            "names": [{"givenName": "Charles", "familyName": "Babbage"}],
            "emailAddresses": [{"value": "info@engines.example"}],
        }
    )
    skipped = town.sync("--dry-run")
    assert skipped["skipped"] == 1
    (item,) = skipped["items"]
    assert (item["id"], [each["id"] for each in item["candidates"]]) == (ada, [other])
    shown = town.gsync("sync", "contacts", "--dry-run").out
    assert ada in shown, "the id that --link wants"
    assert other in shown
    data = town.sync("--link", f"{ada}={other}")
    assert (data["skipped"], data["google"]["created"], data["linked"]) == (0, 0, 1)
    assert town.account.members("Creatio") == {other}


@pytest.mark.parametrize("wrong", ["abc", "=people/c1", "abc=", "="])
def test_a_link_of_the_wrong_form_is_refused_before_anything_is_sent(town: Rehearsal, wrong: str) -> None:
    code, envelope = town.json("sync", "contacts", "--link", wrong)
    assert (code, envelope["errors"][0]["code"]) == (2, "link-form")
    assert "people/" in envelope["errors"][0]["hint"]
    assert not town.sandbox.log


def test_a_link_to_nobody_is_refused_and_nothing_written(town: Rehearsal) -> None:
    ada = add(town, ADA)
    before = town.sides()["creatio"]
    for pair in (f"{ada}=people/c404", f"00000000-0000-4000-8000-000000000000={town.account.add(GRACE)}"):
        code, envelope = town.json("sync", "contacts", "--link", pair)
        assert (code, envelope["errors"][0]["code"]) == (2, "link-unknown")
    assert town.sides()["creatio"] == before
    assert len(town.account.contacts()) == 1


def test_the_guard_stops_a_run_until_it_is_allowed(town: Rehearsal) -> None:
    people = [add(town, {"given": f"N{number}", "mails": [f"n{number}@x.example"]}) for number in range(4)]
    town.sync()
    for person in people[:3]:
        town.desk.untag(person, town.desk.tag_named(TAG))
    before = town.sides()
    code, envelope = town.json("sync", "contacts")
    (error,) = envelope["errors"]
    assert (code, error["code"]) == (9, "mass-change")
    assert "--allow-mass-change" in error["hint"]
    assert town.sides() == before
    assert town.sync("--allow-mass-change")["google"]["unlinked"] == 3


# ── the commands around it ───────────────────────────────────────────────────────────────────────────────────


def test_status_tells_what_ran_and_what_it_did(town: Rehearsal) -> None:
    _, envelope = town.json("status")
    assert envelope["data"]["kinds"] == []
    add(town, ADA)
    town.sync()
    _, envelope = town.json("status")
    (kind,) = envelope["data"]["kinds"]
    assert (kind["kind"], kind["linked"], kind["outcome"]) == ("contact", 1, "done")
    assert kind["report"]["google"]["created"] == 1
    assert envelope["data"]["google"] == EMAIL
    shown = town.gsync("status").out
    assert "Latest synchronisation" in shown
    assert EMAIL in shown


def test_the_other_commands_show_what_the_profile_holds(town: Rehearsal) -> None:
    assert town.json("settings", "show")[1]["data"]["contacts"]["tag"] == TAG
    assert town.json("account", "show")[1]["data"]["email"] == EMAIL
    assert [account["email"] for account in town.json("account", "list")[1]["data"]["accounts"]] == [EMAIL]
    keys = town.json("keys", "show")[1]["data"]
    assert INSTALLED_ID in json.dumps(keys)


def test_no_secret_is_printed_by_any_command(town: Rehearsal) -> None:
    secrets = re.findall(r'"((?:GOCSPX|1//|ya29)[^"]+|Supervisor1!)"', (town.home / "credentials.toml").read_text())
    assert len(secrets) >= 4
    add(town, ADA)
    for words in (
        ("-vv", "sync", "contacts"), ("status",), ("config", "show"), ("keys", "show"), ("account", "show"),
        ("creatio", "status"), ("settings", "show"),
    ):  # fmt: skip
        for form in ("text", "json"):
            ran = town.gsync(*words, "--output", form)
            assert ran.code == 0, ran
            assert not [secret for secret in secrets if secret in ran.out + ran.err], words
