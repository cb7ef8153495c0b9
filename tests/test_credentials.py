"""What is secret is kept whole, private, and out of sight."""

import stat
from datetime import UTC, datetime

import pytest

from gsync_cli.credentials import CreatioLogin, CreatioSession, Credentials, GoogleClient, GoogleGrant
from gsync_cli.errors import ConfigurationWrong
from gsync_cli.files import write_private
from gsync_cli.profiles import Profile, profile

MOMENT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
FULL = Credentials(
    installed=GoogleClient("installed", "1-a.apps.googleusercontent.com", "GOCSPX-s3cret", project_id="p"),
    web=GoogleClient("web", "1-b.apps.googleusercontent.com", "GOCSPX-s3cret-web", redirect_uris=("https://a/x",)),
    grant=GoogleGrant(
        email="anna@example.com",
        subject="1234",
        client_id="1-a",
        scopes=("openid", "https://www.googleapis.com/auth/contacts"),
        refresh_token="1//s3cret-refresh",
        signed_in_at=MOMENT,
        access_token="ya29.s3cret-access",
        access_expires_at=MOMENT,
    ),
    creatio=CreatioLogin(password='s3cret "quoted" \\ пароль'),
    session=CreatioSession(
        url="https://crm.example.com", username="anna", prefix="/0", cookies={".ASPXAUTH": "s3cret-cookie"}
    ),
)


@pytest.fixture
def own() -> Profile:
    return profile(None)


def test_what_is_saved_is_what_is_loaded(own: Profile) -> None:
    FULL.save(own)
    assert Credentials.load(own) == FULL


def test_the_file_is_its_owners_alone(own: Profile) -> None:
    FULL.save(own)
    assert stat.S_IMODE(own.credentials_file.stat().st_mode) == 0o600


def test_no_secret_shows_in_a_repr() -> None:
    assert "s3cret" not in repr(FULL)


def test_no_file_is_no_credentials(own: Profile) -> None:
    assert Credentials.load(own) == Credentials()


def test_keys_of_a_newer_version_are_passed_over(own: Profile) -> None:
    write_private(own.credentials_file, b'[creatio.login]\npassword = "p"\nfuture = 1\n[other]\nx = 1\n')
    assert Credentials.load(own).creatio == CreatioLogin(password="p")


@pytest.mark.parametrize(
    "content", [b"not toml", b"\xff\xfe", b"[google.installed]\nclient_id = 'x'\n", b"[google.grant]\nemail = 'x'\n"]
)
def test_a_damaged_file_is_said_and_not_overwritten(own: Profile, content: bytes) -> None:
    write_private(own.credentials_file, content)
    with pytest.raises(ConfigurationWrong) as caught:
        Credentials.load(own)
    assert caught.value.code == "credentials-damaged"
    assert own.credentials_file.read_bytes() == content


def test_a_client_replaces_only_the_one_of_its_kind() -> None:
    other = GoogleClient("web", "2")
    changed = FULL.with_client(other)
    assert (changed.web, changed.installed) == (other, FULL.installed)
