"""System settings, read and written through DataService (facts/creatio.md 5)."""

from dataclasses import dataclass, field
from typing import Any, Final

from gsync_cli.sandbox.creatio.ids import CONTACT_TYPES, NULL_ID
from gsync_cli.sandbox.creatio.options import Options
from gsync_cli.sandbox.creatio.users import User

TEXT: Final = 1
LOOKUP: Final = 10
BOOLEAN: Final = 12
SECURE_TEXT: Final = 24
_SECRET: Final = "GoogleConsumerSecret"  # noqa: S105 - a code
_MASK: Final = "********"


@dataclass(slots=True)
class Setting:
    """One setting; `own` holds the values of those who have their own, by user id."""

    value: Any
    type: int = TEXT
    display: str = ""
    own: dict[str, Any] = field(default_factory=dict)


class Settings:
    """The site's settings by code."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.by_code: dict[str, Setting] = {
            "GoogleConsumerKey": Setting(""),
            _SECRET: Setting(""),
            "UseGoogleSharedApplication": Setting(True, BOOLEAN),
            "GoogleContactType": Setting(CONTACT_TYPES["client"], LOOKUP, "Customer"),
            "GoogleContactGroup": Setting(NULL_ID, LOOKUP),
            "OAuth20IdentityServerUrl": Setting(""),
            "ConfigurationVersion": Setting(""),
            "DefaultTimeZone": Setting(""),
        }

    def read(self, told: dict[str, Any], user: User) -> dict[str, Any]:
        """Answer QuerySysSettings."""
        values: dict[str, Any] = {}
        missing = []
        for code in map(str, told.get("sysSettingsNameCollection") or []):
            setting = self.by_code.get(code)
            if setting is None:
                missing.append(code)
                continue
            value, kind = self._shown(code, setting, user)
            display = setting.display if value == setting.value and setting.display else str(value)
            values[code] = {
                "code": code,
                "value": value,
                "displayValue": display,
                "dataValueType": kind,
                "isCacheable": False,
            }
        return {"success": True, "values": values, "notFoundSettings": missing}

    def write(self, told: dict[str, Any], user: User) -> dict[str, Any]:
        """Answer PostSysSettingsValues: each code succeeds or fails by itself."""
        saved = {}
        for code, value in (told.get("sysSettingsValues") or {}).items():
            setting = self.by_code.get(code)
            fits = setting is not None and isinstance(value, bool) == (setting.type == BOOLEAN)
            saved[code] = fits and code not in self._options.refused_settings
            if setting is None or not saved[code]:
                continue
            if told.get("isPersonal"):
                setting.own[user.id] = value
            else:
                setting.value = value[: self._options.short_text] if isinstance(value, str) else value
        status = {"ErrorCode": "", "Message": "", "Errors": []}
        return {"saveResult": saved, "success": True, "responseStatus": status, "rowsAffected": -1}

    def _shown(self, code: str, setting: Setting, user: User) -> tuple[Any, int]:
        value = setting.own.get(user.id, setting.value)
        if code != _SECRET or self._options.secret_read == "plain":  # noqa: S105 - a choice
            return value, setting.type
        return (_MASK if value and self._options.secret_read == "masked" else ""), SECURE_TEXT  # noqa: S105
