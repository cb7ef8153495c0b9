"""The global options stand anywhere on the command line."""

import pytest

from gsync_cli.cli.options import Options, extract


@pytest.mark.parametrize(
    ("line", "options", "rest"),
    [
        ("", Options(), ""),
        ("sync contacts --dry-run", Options(), "sync contacts --dry-run"),
        ("--output json sync contacts", Options(output="json"), "sync contacts"),
        ("sync contacts --output=json", Options(output="json"), "sync contacts"),
        ("sync --output json contacts --output text", Options(), "sync contacts"),
        ("-q sync -v contacts -vv", Options(quiet=True, verbose=3), "sync contacts"),
        ("-qv sync --quiet --verbose", Options(quiet=True, verbose=2), "sync"),
        ("sync --no-color --no-input --profile anna", Options(color=False, ask=False, profile="anna"), "sync"),
        ("--profile=anna sync", Options(profile="anna"), "sync"),
        ("config set sync.contacts.tag -- -q", Options(), "config set sync.contacts.tag -- -q"),
        ("--version", Options(), "--version"),
    ],
)
def test_they_are_taken_from_anywhere_before_the_dashes(line: str, options: Options, rest: str) -> None:
    extracted = extract(line.split())
    assert (extracted.options, " ".join(extracted.rest), extracted.complaint) == (options, rest, None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("sync --output", "option-without-value"),
        ("sync --profile -- x", "option-without-value"),
        ("sync --output xml", "option-value"),
        ("--output= sync", "option-value"),
    ],
)
def test_a_mistake_is_handed_back(line: str, code: str) -> None:
    complaint = extract(line.split()).complaint
    assert complaint is not None
    assert (complaint.code, complaint.exit_code) == (code, 2)


def test_a_mistake_after_the_choice_of_json_can_be_told_in_json() -> None:
    extracted = extract(["--output", "json", "sync", "--profile"])
    assert extracted.complaint is not None
    assert extracted.options.output == "json"
