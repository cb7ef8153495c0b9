"""Start-up is a promise: the version and the help load nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = {
    "googleapiclient", "google", "google_auth_oauthlib", "oauthlib", "requests", "httpx2", "pydantic", "phonenumbers",
    "fastjsonschema", "uvicorn", "rich", "tomllib", "platformdirs", "sqlite3", "asyncio", "email", "http",
}  # fmt: skip


def loaded(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gsync_cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    lines = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    "words", [("--version",), ("--help",), ("config", "path", "--help"), ("redirect-uris", "--version", "7.17.1")]
)
def test_nothing_heavy_is_loaded(words: tuple[str, ...]) -> None:
    modules = loaded(*words)
    assert "gsync_cli.cli.app" in modules
    assert {name.partition(".")[0] for name in modules} & HEAVY == set()


def test_the_version_needs_no_command_library() -> None:
    assert not any(name.startswith("typer") for name in loaded("--version"))


def test_help_imports_no_command() -> None:
    commands = {"sync", "status", "config", "settings", "keys", "creatio", "account", "sandbox", "demo"}
    assert loaded("--help") & {f"gsync_cli.cli.{name}" for name in commands} == set()
