"""Field masks: which fields of a person or a group may be asked for, and which may be written (people.v1)."""

from gsync_cli.sandbox.google.errors import ApiError, invalid

WRITABLE = frozenset(
    (
        "addresses",
        "biographies",
        "birthdays",
        "calendarUrls",
        "clientData",
        "emailAddresses",
        "events",
        "externalIds",
        "genders",
        "imClients",
        "interests",
        "locales",
        "locations",
        "memberships",
        "miscKeywords",
        "names",
        "nicknames",
        "occupations",
        "organizations",
        "phoneNumbers",
        "relations",
        "sipAddresses",
        "urls",
        "userDefined",
    )
)
READABLE = WRITABLE | frozenset(("ageRanges", "coverPhotos", "metadata", "photos", "skills"))
SINGLETONS = ("names", "biographies", "birthdays", "genders")
GROUP_FIELDS = frozenset(("clientData", "groupType", "memberCount", "metadata", "name"))
_PAGES = "https://developers.google.com/people/api/rest/v1"


def person_mask(mask: str | None, parameter: str, valid: frozenset[str] = READABLE) -> tuple[str, ...]:
    """Return the fields of a required mask, sorted. Raises ApiError where it is missing, empty or names another."""
    paths = _paths(mask)
    if not paths:
        raise invalid(f"{parameter} mask is required. Please specify one or more valid paths. {_documented(parameter)}")
    return _checked(paths, parameter, valid)


def answer_mask(mask: str | None, parameter: str, *, required: bool) -> tuple[str, ...]:
    """Return the fields that a mutation's answer shall hold; an empty mask is "nothing", a missing one refused."""
    if mask is None and required:
        raise invalid(f"{parameter} mask is required. Please specify one or more valid paths. {_documented(parameter)}")
    return _checked(_paths(mask), parameter, READABLE)


def group_mask(mask: str | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of a group mask, or the default of the method."""
    return _checked(_paths(mask), "groupFields", GROUP_FIELDS) or default


def request_mask(mask: str | None) -> str | None:
    """Translate the older requestMask.includeField ("person.names,…") to personFields."""
    return None if mask is None else ",".join(path.removeprefix("person.") for path in _paths(mask))


def _paths(mask: str | None) -> tuple[str, ...]:
    return tuple(sorted({path.strip() for path in (mask or "").split(",") if path.strip()}))


def _checked(paths: tuple[str, ...], parameter: str, valid: frozenset[str]) -> tuple[str, ...]:
    for path in paths:
        if path not in valid:
            raise _unknown(path, parameter)
    return paths


def _unknown(path: str, parameter: str) -> ApiError:
    return invalid(f'Invalid {parameter} mask path: "{path}". {_documented(parameter)}')


def _documented(parameter: str) -> str:
    page = {"updatePersonFields": "people/updateContact", "groupFields": "contactGroups/get"}
    return f"Valid paths are documented at {_PAGES}/{page.get(parameter, 'people.connections/list')}."
