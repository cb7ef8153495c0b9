"""Settings: what fits, which source wins, and how mistakes are told."""

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsync_cli.config import SETTINGS, Settings, parse, set_value, set_values, unset
from gsync_cli.errors import ConfigurationWrong, GsyncError, WrongUsage
from gsync_cli.files import write_private
from gsync_cli.kinds import Value, Window, plain, written
from gsync_cli.profiles import Profile, profile

DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def own() -> Profile:
    return profile(None)


def file(own: Profile, content: str) -> None:
    write_private(own.config_file, content.encode())


def test_every_setting_of_the_interface_is_known() -> None:
    assert set(SETTINGS) == {
        "google.project",
        "google.endpoints.cloudresourcemanager", "google.endpoints.serviceusage", "google.endpoints.people",
        "google.endpoints.calendar", "google.endpoints.oauth2", "google.endpoints.monitoring",
        "google.pace", "google.scopes",
        "creatio.url", "creatio.runtime", "creatio.version", "creatio.auth", "creatio.username", "creatio.client_id",
        "creatio.identity_url", "creatio.user", "creatio.dates",
        "sync.contacts.tag", "sync.contacts.group", "sync.contacts.conflict", "sync.contacts.auto",
        "sync.contacts.interval", "sync.contacts.create_accounts", "sync.contacts.region",
        "sync.activities.conflict", "sync.activities.auto", "sync.activities.interval", "sync.activities.from",
        "sync.activities.window", "sync.activities.notes", "sync.activities.deletions",
        "sync.limit",
    }  # fmt: skip


def test_no_two_settings_share_a_variable() -> None:
    assert len({row.variable for row in SETTINGS.values()}) == len(SETTINGS)


def test_the_defaults_are_those_of_the_interface(own: Profile) -> None:
    settings = Settings.load(own, {})
    assert settings.text("sync.contacts.group") == "Creatio"
    assert settings.text("sync.contacts.conflict") == "newest"
    assert settings.flag("sync.contacts.auto") is False
    assert settings.duration("sync.contacts.interval") == HOUR
    assert settings.share("sync.limit") == 0.5
    assert settings.window("sync.activities.window") == Window(30, 180)
    assert settings.date("sync.activities.from") is None
    assert settings.text("creatio.url") == ""
    assert {settings.origin(key) for key in SETTINGS} == {"default"}


@pytest.mark.parametrize(
    ("key", "raw", "value"),
    [
        ("sync.contacts.tag", "  Google  ", "Google"),
        ("sync.contacts.tag", 2024, "2024"),
        ("sync.contacts.tag", "جهات 👩\u200d🚀", "جهات 👩\u200d🚀"),
        ("creatio.url", "https://CRM.example.com/site/", "https://crm.example.com/site"),
        ("creatio.url", "http://localhost:8080", "http://localhost:8080"),
        ("google.endpoints.people", "http://127.0.0.1:9/google/people", "http://127.0.0.1:9/google/people"),
        ("creatio.runtime", "NET", "net"),
        ("creatio.version", "7.17.1", "7.17.1"),
        ("creatio.version", "Auto", "auto"),
        ("sync.contacts.auto", "yes", True),
        ("sync.contacts.auto", "OFF", False),
        ("sync.contacts.auto", 1, True),
        ("sync.contacts.auto", True, True),
        ("sync.contacts.interval", "15m", 15 * MINUTE),
        ("sync.contacts.interval", "1h30m", HOUR + 30 * MINUTE),
        ("sync.contacts.interval", "90 s", 90 * SECOND),
        ("sync.contacts.interval", "2D", 2 * DAY),
        ("sync.contacts.interval", "15", 15 * MINUTE),
        ("sync.contacts.interval", 15, 15 * MINUTE),
        ("sync.activities.from", "2024-02-29", date(2024, 2, 29)),
        ("sync.activities.from", date(2024, 2, 29), date(2024, 2, 29)),
        ("sync.limit", "20%", 0.2),
        ("sync.limit", "20 %", 0.2),
        ("sync.limit", "0.2", 0.2),
        ("sync.limit", 0.2, 0.2),
        ("sync.limit", 1, 1.0),
        ("sync.limit", "0", 0.0),
        ("sync.activities.window", "30d/180d", Window(30, 180)),
        ("sync.activities.window", "7 / 0", Window(7, 0)),
        ("sync.contacts.region", "de", "DE"),
    ],
)
def test_what_fits_is_understood(key: str, raw: object, value: Value) -> None:
    assert parse(key, raw) == value


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        ("sync.contacts.tag", ""),
        ("sync.contacts.tag", "two\nlines"),
        ("sync.contacts.tag", True),
        ("sync.contacts.tag", ["Google"]),
        ("creatio.url", "crm.example.com"),
        ("creatio.url", "ftp://crm.example.com"),
        ("creatio.url", "https://"),
        ("creatio.url", "https://crm.example.com/?a=1"),
        ("creatio.url", "https://crm.example.com/#here"),
        ("creatio.url", "https://crm.example.com:port"),
        ("creatio.url", "https://a b.example.com"),
        ("creatio.runtime", "core"),
        ("creatio.version", 8.0),
        ("creatio.version", "Atlas"),
        ("sync.contacts.auto", "perhaps"),
        ("sync.contacts.auto", 2),
        ("sync.contacts.interval", "0m"),
        ("sync.contacts.interval", "-1h"),
        ("sync.contacts.interval", "1 week"),
        ("sync.contacts.interval", "9" * 40 + "d"),
        ("sync.contacts.interval", "h"),
        ("sync.activities.from", "2024-02-30"),
        ("sync.activities.from", "31.01.2024"),
        ("sync.activities.from", "20240131"),
        ("sync.limit", "20"),
        ("sync.limit", "101%"),
        ("sync.limit", "nan"),
        ("sync.limit", -0.1),
        ("sync.limit", "20%%"),
        ("sync.activities.window", "30d"),
        ("sync.contacts.region", "Germany"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_would(key: str, raw: object) -> None:
    with pytest.raises(WrongUsage) as caught:
        parse(key, raw)
    assert caught.value.code == "setting-does-not-fit"
    assert caught.value.facts["expected"] == SETTINGS[key].kind.expected


@given(st.sampled_from(sorted(SETTINGS)), st.text() | st.integers() | st.floats() | st.booleans() | st.dates())
def test_whatever_is_given_fits_or_is_refused_and_survives_being_written(key: str, raw: object) -> None:
    try:
        value = parse(key, raw)
    except WrongUsage:
        return
    assert parse(key, plain(value)) == value
    again = parse(key, written(value))
    assert again == (pytest.approx(value) if isinstance(value, float) else value)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(WrongUsage) as caught:
        parse("creatio.url", "https://anna:s3cret@crm.example.com")
    assert "s3cret" not in str(caught.value)


def test_flag_wins_over_environment_over_file_over_default(own: Profile) -> None:
    key, variable = "sync.contacts.tag", "GSYNC_SYNC_CONTACTS_TAG"
    file(own, '[sync.contacts]\ntag = "file"\n')

    def found(environment: dict[str, str], flag: str | None) -> tuple[str, str]:
        settings = Settings.load(own, environment, {key: flag})
        return settings.text(key), settings.origin(key)

    assert found({variable: "env"}, "flag") == ("flag", "flag")
    assert found({variable: "env"}, None) == ("env", "environment")
    assert found({variable: ""}, None) == ("file", "file")
    assert found({}, None) == ("file", "file")
    own.config_file.unlink()
    assert found({}, None) == ("", "default")


@pytest.mark.parametrize(
    "content",
    ['[sync.contacts]\ntag = "Google"', 'sync.contacts.tag = "Google"', '"sync.contacts.tag" = "Google"',
     '\ufeff[sync]\ncontacts = { tag = "Google" }'],
)  # fmt: skip
def test_however_toml_nests_a_key_it_is_read_set_and_unset(own: Profile, content: str) -> None:
    file(own, content)
    assert Settings.load(own, {}).text("sync.contacts.tag") == "Google"
    set_value(own, "sync.contacts.tag", "Other")
    assert Settings.load(own, {}).text("sync.contacts.tag") == "Other"
    assert unset(own, "sync.contacts.tag") is True
    assert tomllib.loads(own.config_file.read_text(encoding="utf-8")) == {}


def test_values_are_written_as_toml_of_their_kind(own: Profile) -> None:
    changes: dict[str, Any] = {
        "sync.limit": "20%", "sync.contacts.auto": "yes", "sync.contacts.interval": "90m",
        "sync.activities.from": "2024-01-31",
    }  # fmt: skip
    set_values(own, changes)
    assert tomllib.loads(own.config_file.read_text(encoding="utf-8")) == {
        "sync": {
            "limit": 0.2,
            "contacts": {"auto": True, "interval": "1h30m"},
            "activities": {"from": "2024-01-31"},
        }
    }


def test_several_settings_are_written_all_or_none(own: Profile) -> None:
    with pytest.raises(WrongUsage):
        set_values(own, {"sync.contacts.tag": "Google", "sync.limit": "lots"})
    assert not own.config_file.exists()


def test_what_else_stands_in_the_file_stays(own: Profile) -> None:
    file(own, '[sync.contacts]\ntag = "Google"\n')
    set_value(own, "sync.limit", "0.1")
    assert Settings.load(own, {}).text("sync.contacts.tag") == "Google"


@pytest.mark.parametrize(
    ("content", "environment", "code", "facts"),
    [
        ('[sync.contact]\ntag = "x"', {}, "config-unknown-key", {"near": "sync.contacts.tag"}),
        ('sync = "x"', {}, "config-unknown-key", {"key": "sync"}),
        ("[sync]\nlimit = 7", {}, "config-value", {"key": "sync.limit", "value": "7"}),
        ("[sync", {}, "config-damaged", {}),
        ("", {"GSYNC_SYNC_CONTACT_TAG": "x"}, "environment-unknown-key", {"near": "GSYNC_SYNC_CONTACTS_TAG"}),
        ("", {"GSYNC_SYNC_LIMIT": "7"}, "environment-value", {"variable": "GSYNC_SYNC_LIMIT", "key": "sync.limit"}),
    ],
)  # fmt: skip
def test_a_mistake_that_stands_already_is_a_wrong_configuration(
    own: Profile, content: str, environment: dict[str, str], code: str, facts: dict[str, str]
) -> None:
    file(own, content)
    with pytest.raises(ConfigurationWrong) as caught:
        Settings.load(own, environment)
    assert caught.value.code == code
    assert caught.value.facts.items() >= facts.items()


def test_variables_that_are_no_settings_are_left_alone(own: Profile) -> None:
    Settings.load(own, {"GSYNC_HOME": "/x", "GSYNC_PROFILE": "anna", "GSYNC": "1", "GSYNC_CI": "1"})


def test_a_wrong_flag_is_wrong_usage(own: Profile) -> None:
    for overrides in ({"sync.limit": "7"}, {"sync.nothing": "x"}):
        with pytest.raises(WrongUsage):
            Settings.load(own, {}, overrides)


def test_a_broken_value_can_be_mended_by_set_and_by_unset(own: Profile) -> None:
    file(own, '[sync]\nlimit = 7\ntypo = "x"\n')
    set_value(own, "sync.limit", "0.1")
    assert unset(own, "sync.typo") is True
    assert Settings.load(own, {}).share("sync.limit") == 0.1


def test_unset_tells_a_setting_that_was_not_set_from_one_that_does_not_exist(own: Profile) -> None:
    assert unset(own, "sync.limit") is False
    with pytest.raises(WrongUsage):
        unset(own, "sync.limits")


def test_a_value_in_the_place_of_a_table_is_not_overwritten(own: Profile) -> None:
    file(own, 'sync = "x"\n')
    with pytest.raises(GsyncError) as caught:
        set_value(own, "sync.limit", "0.1")
    assert caught.value.code == "config-unknown-key"
    assert own.config_file.read_text(encoding="utf-8") == 'sync = "x"\n'


def test_an_accessor_of_another_type_fails_loudly(own: Profile) -> None:
    with pytest.raises(TypeError):
        Settings.load(own, {}).flag("sync.limit")
