"""Which of the two server families a site belongs to, and so where its services lie (facts/creatio.md 1.1).

Sites on .NET Framework have everything but the login under `/0`; sites on .NET have no prefix.
"""

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gsync_cli.creatio.errors import SERVER_TROUBLE, body_of, is_page, message_in
from gsync_cli.errors import ConfigurationWrong, Refused, Temporary

if TYPE_CHECKING:
    import httpx2

    from gsync_cli.creatio.session import CreatioSite

Runtime: TypeAlias = Literal["framework", "net"]

PREFIXES: Final[dict[str, str]] = {"framework": "/0", "net": ""}
_UNAUTHORISED: Final = 401
_FORBIDDEN: Final = 403
_NOT_FOUND: Final = 404
_PING: Final = "api/HealthCheck/Ping"
_SMALL_READ: Final = "odata/Contact?$select=Id&$top=1"


def detect(site: "CreatioSite") -> Runtime:
    """Find out by looking where the data service answers; the site must have been signed in to just now.

    The health check only says where to look first: some sites answer it in both places, some in none.
    Raises ConfigurationWrong("creatio-no-data-service"), Refused("creatio-right-missing") where it is closed to the
    user, and Temporary where the site is in trouble.
    """
    order: list[Runtime] = ["framework", "net"]
    order.sort(key=lambda runtime: not _pings(site.probe(_at(runtime, _PING))))
    answers = []
    for runtime in order:
        answer = site.probe(_at(runtime, _SMALL_READ))
        if serves_data(answer):
            return runtime
        answers.append(answer)
    for answer in answers:
        # Before 8.3.2 a missing right was 401, since then it is 403 (facts/creatio.md 1.5).
        if answer.status_code in (_UNAUTHORISED, _FORBIDDEN):
            raise Refused(
                "creatio-right-missing", user=site.account.name, what="contacts (OData)", message=message_in(answer)
            )
    if answers[0].status_code in SERVER_TROUBLE:
        raise Temporary("creatio-unavailable", status=answers[0].status_code, message=message_in(answers[0]))
    raise ConfigurationWrong("creatio-no-data-service", url=site.url)


def serves_data(response: "httpx2.Response") -> bool:
    """Tell whether the data service itself gave this answer, be it an error about the query.

    A missing route answers JSON too, with `MessageDetail` (facts/creatio.md 2.7).
    """
    body = body_of(response)
    if not isinstance(body, dict) or response.status_code in (_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND):
        return False
    return response.is_success or "error" in body


def _pings(response: "httpx2.Response") -> bool:
    return response.is_success and not is_page(response)


def _at(runtime: Runtime, path: str) -> str:
    return f"{PREFIXES[runtime]}/{path}".lstrip("/")
