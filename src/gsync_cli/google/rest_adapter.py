"""What Google's generated clients send over REST, sent by a session of ours.

    ProjectsClient ──► requests.Session ──► SessionAdapter ──► GoogleSession.deliver ──► gsync_cli.http ──► Google

So proxies, certificate authorities, tokens and waits are the same as everywhere, and each request leaves once. Refusals
are decided here, on the JSON as it came: the generated clients raise a ParseError for details of a type that they don't
know, or that name none.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from gsync_cli.google.errors import Unanswered, foreign, of_network
from gsync_cli.google.quota import Cost
from gsync_cli.google.session import GoogleSession
from gsync_cli.google.tokens import json_of
from gsync_cli.http import NetworkError, NotSent

if TYPE_CHECKING:
    import requests

_READS_BY_POST: Final = (":testIamPermissions", ":getIamPolicy")
_FREE: Final = Cost()


class SessionAdapter:
    """A transport adapter for a `requests.Session`. `plain` makes of an answer what the client can read."""

    def __init__(self, session: GoogleSession, plain: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        self._session = session
        self._plain = plain
        self.last: Mapping[str, Any] = {}
        """The last answer, as it came."""

    def send(self, request: "requests.PreparedRequest", **_: object) -> "requests.Response":
        """Send, and return a good answer. Raises as GoogleSession.execute."""
        import requests

        method, url = str(request.method), str(request.url)
        reading = method == "GET" or url.partition("?")[0].endswith(_READS_BY_POST)
        kept = ("accept", "content-type", "x-goog-api-client", "x-goog-request-params", "x-goog-user-project")
        headers = {name: str(value) for name, value in request.headers.items() if name.lower() in kept}
        body = request.body
        content = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else None
        try:
            answer = self._session.deliver(method, url, headers, content, _FREE, repeatable=reading)
        except NotSent as error:
            raise of_network(error) from error
        except NetworkError as error:
            raise (of_network(error) if reading else Unanswered(error.host, error.reason)) from error
        if not answer.is_success:
            raise self._session.failure(answer, reading=reading)
        self.last = json_of(answer)
        if not self.last and answer.content.strip() != b"{}":
            raise foreign(answer)
        response = requests.Response()
        response.status_code = HTTPStatus.OK
        response.url, response.request = url, request
        response.encoding = "utf-8"
        response._content = json.dumps(self._plain(self.last)).encode()  # noqa: SLF001  requests has no other way
        return response

    def close(self) -> None:
        """Do nothing: the connections belong to `Http`."""
