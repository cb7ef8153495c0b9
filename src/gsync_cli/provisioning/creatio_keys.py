"""The keys of Creatio's OAuth client in its system settings (rows K1 and K2; facts/creatio.md 5).

Three settings: the client id, the client secret, and the flag that makes Creatio use an application shared by all its
customers instead, which must be off. What the site says of each setting counts, and then what it reads back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from gsync_cli.creatio.dataservice import DataService, Failed, Setting, SettingsSaved, Value
from gsync_cli.creatio.errors import CreatioRefusal, Unanswered
from gsync_cli.creatio.identity import at_least
from gsync_cli.credentials import GoogleClient
from gsync_cli.errors import ConfigurationWrong, GsyncError, Refused

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

KEY: Final = "GoogleConsumerKey"
SECRET: Final = "GoogleConsumerSecret"  # noqa: S105  a code
SHARED: Final = "UseGoogleSharedApplication"
CODES: Final = (KEY, SECRET, SHARED)

State: TypeAlias = Literal["right", "empty", "cut", "other", "hidden", "missing"]
"""`cut`: the beginning of what it should be; `hidden`: the site does not show it; `missing`: it has no such setting."""
Outcome: TypeAlias = Literal["kept", "written", "unread", "failed", "absent"]
"""`kept`: it was right already; `unread`: written, and the site does not show it; `absent`: nothing to clear."""

_MASK: Final = frozenset("*•●·✱")
"""None of them can stand in a secret of Google's."""
_NO: Final = ("false", "0", "no")


@dataclass(frozen=True, slots=True)
class KeysInCreatio:
    """What a site holds, against a client."""

    states: Mapping[str, State]
    """By code."""
    client_id: str
    """The client id that stands there; "" for none."""
    shared: bool
    """Whether Creatio's own shared application is used instead."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What stands there as client id and secret."""
    plain: frozenset[str] = frozenset()
    """The codes of which the site says that they are texts it shows as they stand."""

    @property
    def are_right(self) -> bool:
        """Whether nothing needs to be written, as far as one can see: a secret may be there and not be shown."""
        return all(self._is_right(code, state) for code, state in self.states.items())

    @property
    def to_write(self) -> tuple[str, ...]:
        """The codes of what would be written. A secret that is not shown is: nobody can tell that it is right."""
        return tuple(code for code, state in self.states.items() if state not in {"right", "missing"})

    def replaces(self, client: GoogleClient) -> str:
        """Return the id of another client that is in use at the site; "" where there is none."""
        return "" if self.shared else self.overwrites(client)

    def overwrites(self, client: GoogleClient) -> str:
        """Return the id of another client that stands at the site, be it in use or not; "" where there is none."""
        other = self.client_id and self.client_id.casefold() != client.client_id.casefold()
        return self.client_id if other and self.states.get(KEY) != "cut" else ""

    def _is_right(self, code: str, state: State) -> bool:
        return state == "right" or (code, state) in {(SECRET, "hidden"), (SHARED, "missing")}


@dataclass(frozen=True, slots=True)
class KeysPushed:
    """What became of each setting."""

    outcomes: Mapping[str, Outcome]
    problems: tuple[GsyncError, ...] = ()
    """One for each setting that failed."""
    warnings: tuple[GsyncError, ...] = ()
    replaced: str = ""
    """The id of the client that was in use before; "" for none, or for the same."""


def inspect_keys(site: "CreatioSite", client: GoogleClient) -> KeysInCreatio:
    """Read the three settings. Raises Refused, Temporary, as DataService.settings."""
    return _judge(DataService(site).settings(CODES), client)


def read_client(site: "CreatioSite") -> tuple[str, str]:
    """Return the client id and the secret that stand in the settings; "" for what is not there or not shown.

    Raises Refused, Temporary, as DataService.settings.
    """
    found = DataService(site).settings((KEY, SECRET))
    secret = found.get(SECRET)
    shown = _text(secret.value) if secret is not None else ""
    client_id = _text(found[KEY].value) if KEY in found else ""
    return client_id, "" if secret is None or _is_hidden(secret, shown) else shown


def push_keys(site: "CreatioSite", client: GoogleClient, seen: KeysInCreatio | None = None) -> KeysPushed:
    """Write the settings that differ, and read them back; `seen` is what was read a moment ago.

    What fails of one setting is among the problems; the others are written all the same. Raises
    ConfigurationWrong("creatio-keys-secret-missing") before anything is sent, Refused("creatio-settings-right-missing")
    and Temporary.
    """
    if not client.client_secret:
        raise ConfigurationWrong("creatio-keys-secret-missing", client_id=client.client_id)
    service = DataService(site)
    before = seen or inspect_keys(site, client)
    wanted = {code: _wanted(client)[code] for code in before.to_write}
    saved, after = SettingsSaved({}), before
    if wanted:
        saved = _save(service, wanted, client)
        after = inspect_keys(site, client)
    user = site.user.name or site.account.name
    found = {code: _outcome(code, before, after, saved, client, user) for code in CODES}
    outcomes = {code: outcome for code, (outcome, _) in found.items()}
    problems = tuple(problem for _, problem in found.values() if problem)
    return KeysPushed(outcomes, problems, _warnings(before, outcomes, client), before.replaces(client))


def takes_contacts(version: str) -> bool:
    """Tell whether Creatio itself uses the keys for contacts, too: it gave that up in 8.0 (facts/creatio.md 7)."""
    return not at_least(version, 8)


def _wanted(client: GoogleClient) -> dict[str, Value]:
    return {KEY: client.client_id, SECRET: client.client_secret, SHARED: False}


def _judge(settings: Mapping[str, Setting], client: GoogleClient) -> KeysInCreatio:
    states: dict[str, State] = {code: _state(code, settings.get(code), client) for code in CODES}
    shared = SHARED in settings and states[SHARED] == "other"
    texts = {code: _text(settings[code].value) for code in (KEY, SECRET) if code in settings}
    plain = frozenset(code for code, setting in settings.items() if setting.is_plain_text)
    return KeysInCreatio(states, texts.get(KEY, ""), shared, texts, plain)


def _state(code: str, setting: Setting | None, client: GoogleClient) -> State:
    if setting is None:
        return "missing"
    text = _text(setting.value)
    if code == SHARED:
        return "right" if setting.value is False or text.casefold() in _NO else "other" if text else "empty"
    wanted = str(_wanted(client)[code])
    if text == wanted and wanted:
        return "right"
    if code == SECRET and (_is_hidden(setting, text) or (text and not wanted)):
        return "hidden"
    if not text:
        return "empty"
    return "cut" if wanted.startswith(text) else "other"


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _is_hidden(setting: Setting, text: str) -> bool:
    """Tell whether what is shown is a mask, or the type of a setting is one that is never shown."""
    return setting.is_secure_text or bool(set(text) & _MASK)


def _save(service: DataService, wanted: Mapping[str, Value], client: GoogleClient) -> SettingsSaved:
    """Write settings; without a clear answer look which are still to be written, and write those once more."""
    try:
        saved = _written(service, wanted)
    except Unanswered:
        left = set(_judge(service.settings(CODES), client).to_write)
        still = {code: value for code, value in wanted.items() if code in left}
        try:
            again = _written(service, still) if still else SettingsSaved({})
        except Failed as error:
            raise error.refusal from error
        saved = SettingsSaved({**dict.fromkeys(wanted, True), **again.saved}, again.message)
    if not any(saved.saved.values()) and saved.message:
        raise _right_missing(service, saved.message)
    return saved


def _written(service: DataService, wanted: Mapping[str, Value]) -> SettingsSaved:
    try:
        return service.write_settings(wanted)
    except CreatioRefusal as error:
        raise _right_missing(service, error.message) from error
    except Refused as error:
        raise _right_missing(service, str(error.facts.get("message", ""))) from error


def _right_missing(service: DataService, message: str) -> Refused:
    return Refused("creatio-settings-right-missing", user=service.site.account.name, message=message)


def _outcome(
    code: str, before: KeysInCreatio, after: KeysInCreatio, saved: SettingsSaved, client: GoogleClient, user: str
) -> tuple[Outcome, GsyncError | None]:
    if before.states[code] == "missing":
        return ("absent", None) if code == SHARED else ("failed", Refused("creatio-setting-missing", setting=code))
    if code not in before.to_write:
        return "kept", None
    if not saved.saved.get(code):
        return "failed", Refused("creatio-setting-not-saved", setting=code, message=saved.message)
    return _read_back(code, before, after, client, user)


def _read_back(
    code: str, before: KeysInCreatio, after: KeysInCreatio, client: GoogleClient, user: str
) -> tuple[Outcome, GsyncError | None]:
    """Judge a setting that the site says it has saved by what it shows now."""
    state, text = after.states[code], after.texts.get(code, "")
    if state == "right" or (code == SHARED and state == "empty"):
        return "written", None
    if state == "cut":
        wanted = len(str(_wanted(client)[code]))
        return "failed", Refused("creatio-setting-cut", setting=code, got=len(text), wanted=wanted)
    # A secret may be shown as a mask, as nothing, or encrypted: as another text than before. Not where the site says
    # that it is a plain text, as it is at most sites (facts/creatio.md 5).
    shown = code != SECRET or code in after.plain
    if state == "hidden" or (not shown and (state == "empty" or text != before.texts.get(code, ""))):
        return "unread", None
    if state == "empty":
        return "failed", Refused("creatio-setting-stays-empty", setting=code)
    return "failed", Refused("creatio-setting-shadowed", setting=code, user=user)


def _warnings(before: KeysInCreatio, outcomes: Mapping[str, Outcome], client: GoogleClient) -> tuple[GsyncError, ...]:
    gone = {outcomes[KEY], outcomes[SECRET]} & {"written", "unread"}
    other = before.overwrites(client) if gone else ""
    warnings: list[GsyncError] = []
    if other and before.shared:
        warnings.append(Refused("creatio-keys-overwritten", former=other))
    elif other:
        warnings.append(Refused("creatio-keys-replaced", former=other, client_id=client.client_id))
    if before.states[SHARED] == "missing":
        warnings.append(Refused("creatio-setting-absent", setting=SHARED))
    return tuple(warnings)
