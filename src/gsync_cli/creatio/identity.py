"""Who is signed in, who is meant, and which version the site has (facts/creatio.md 1.5, 1.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from gsync_cli.creatio.errors import body_of, message_in
from gsync_cli.creatio.values import id_of, quoted, text_of
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary

if TYPE_CHECKING:
    from gsync_cli.creatio.session import CreatioSite

CALLER: Final = "caller"
"""The fact that holds the SysAdminUnit id of the one who signed in."""
_USER_SETS: Final = ("SysAdminUnit", "VwSysAdminUnit")
"""Where logins are; sites close the one or the other (facts/creatio.md 2.8)."""


@dataclass(frozen=True, slots=True)
class User:
    """A user of Creatio: the system user, and the contact who is the person."""

    user_id: str
    contact_id: str
    name: str


def who(site: "CreatioSite", meant: str) -> User:
    """Return the user whose tags and calendar are meant: `meant`, a login, else the one who signed in.

    The id of the latter goes to the facts of the site: dates come in that user's zone.
    Raises ConfigurationWrong("creatio-user-not-found", "creatio-user-unreadable", "creatio-user-without-contact").
    """
    account = site.account
    answer = _call(site, "ServiceModel/UserInfoService.svc/GetCurrentUserInfo")
    user = User(id_of(_find(answer, "userId")), id_of(_find(answer, "contactId")), text_of(_find(answer, "userName")))
    if not user.contact_id and account.auth != "oauth":
        user = _by_login(site, account.name)
    site.facts[CALLER] = user.user_id
    own = not meant or meant.casefold() in (user.name.casefold(), account.name.casefold())
    return user if own and user.contact_id else _by_login(site, meant)


def version_of(site: "CreatioSite") -> str:
    """Return the version of the site, such as "8.3.3.3292"; "" where it does not say."""
    answer = _call(site, "ServiceModel/ApplicationInfoService.svc/GetApplicationInfo")
    if version := text_of(_find(answer, "coreVersion")):
        return version
    body = {"sysSettingsNameCollection": ["ConfigurationVersion"]}
    answer = _call(site, "DataService/json/SyncReply/QuerySysSettings", body)
    setting = _find(answer, "ConfigurationVersion")
    return text_of(setting.get("value")) if isinstance(setting, Mapping) else ""


def at_least(version: str, major: int, minor: int = 0) -> bool:
    """Tell whether a version is `major.minor` or later; an unknown one is not."""
    numbers = [int(part) if part.isdecimal() else 0 for part in version.split(".")[:2]]
    return [*numbers, 0, 0][:2] >= [major, minor]


def _by_login(site: "CreatioSite", name: str) -> User:
    unreadable = ""
    for entity in _USER_SETS:
        condition = quote(f"Name eq {quoted(name)}", safe="'")
        path = f"odata/{entity}?$select=Id,Name,ContactId&$filter={condition}&$top=2"
        answer = site.request("GET", path, only_gateways=True)
        body = body_of(answer)
        if not answer.is_success or not isinstance(body, Mapping):
            unreadable = message_in(answer)
            continue
        for row in body.get("value") or []:
            user = User(id_of(row.get("Id")), id_of(row.get("ContactId")), text_of(row.get("Name")) or name)
            if not user.contact_id:
                raise ConfigurationWrong("creatio-user-without-contact", user=name)
            return user
    if unreadable:
        raise ConfigurationWrong("creatio-user-unreadable", user=name, message=unreadable)
    raise ConfigurationWrong("creatio-user-not-found", user=name)


def _call(site: "CreatioSite", path: str, body: Mapping[str, object] | None = None) -> Any:
    """Ask a service that changes nothing; None where this site has it not, or won't say."""
    try:
        answer = site.request("POST", path, json=body or {}, repeatable=True, only_gateways=True)
    except (Refused, Temporary, ConfigurationWrong):
        return None
    return body_of(answer) if answer.is_success else None


def _find(body: Any, name: str) -> Any:
    """Return the value under a key, whatever its case, however deep builds wrap it."""
    if not isinstance(body, Mapping):
        return None
    for key, value in body.items():
        if key.casefold() == name.casefold():
            return value
    return next((found for value in body.values() if (found := _find(value, name)) is not None), None)
