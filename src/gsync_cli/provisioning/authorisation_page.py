"""Whether the authorisation endpoint knows a redirect URI, read from the page it would show (facts/google.md 3.12).

Google answers an address that is not registered with an error page, or sends the browser on to `/signin/oauth/error`,
whose `authError` names the reason; for one that is, it goes on to the sign-in, or straight back to that address.
"""

import base64
import binascii
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from urllib.parse import parse_qs, unquote, urlencode, urljoin, urlsplit

from gsync_cli.credentials import GoogleClient
from gsync_cli.google.wire import SERVICE, Wire
from gsync_cli.http import NetworkError

if TYPE_CHECKING:
    import httpx2

RedirectState: TypeAlias = Literal["registered", "missing", "unknown"]

_LONGEST_WAY: Final = 3
"""So often one authorisation endpoint may hand over to another."""
_LONGEST_PAGE: Final = 300_000
_MISMATCH: Final = re.compile(
    r"redirect_uri_mismatch|"
    r"redirect[ _-]?uri\b[^<]{0,80}\b(?:mismatch|not (?:registered|allowed)|(?:does|do)(?: not|n.t) match)",
    re.IGNORECASE,
)
_REFUSAL: Final = re.compile(
    r"\b(invalid_client|deleted_client|disabled_client|unauthorized_client|invalid_request|invalid_scope|org_internal|"
    r"admin_policy_enforced|disallowed_useragent|access_denied|server_error)\b"
)
_SIGN_IN: Final = re.compile(r"sign-?in|log-?in|accountchooser|identifier|consent", re.IGNORECASE)
_ENDPOINT: Final = re.compile(r"/(?:auth|authorize)/?$")


def ask(client: GoogleClient, redirect_uri: str, wire: Wire) -> tuple[RedirectState, str]:
    """Ask for the page and return what it tells of the address, with the words it did so. It raises nothing."""
    query = {
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "openid",
        "state": "gsync-checks-the-client",
    }
    joint = "&" if "?" in client.auth_uri else "?"
    url = f"{client.auth_uri}{joint}{urlencode(query)}"
    for _ in range(_LONGEST_WAY):
        try:
            response = _page(url, wire)
        except NetworkError as error:
            return "unknown", error.reason
        onward = _handed_over(response, url)
        if not onward:
            return judge_page(response, url, redirect_uri)
        url = onward
    return "unknown", "it sends the browser in circles"


def judge_page(response: "httpx2.Response", url: str, redirect_uri: str) -> tuple[RedirectState, str]:
    """Return what an answer of the authorisation endpoint at `url` tells of a redirect URI."""
    status = response.status_code
    text = response.text[:_LONGEST_PAGE]
    if response.is_redirect or "location" in response.headers:
        return _judge_redirect(urljoin(url, response.headers.get("location", "")), url, redirect_uri)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        return "unknown", f"HTTP {status}"
    if _MISMATCH.search(text):
        return "missing", "redirect_uri_mismatch"
    refusal = _REFUSAL.search(text)
    if status != HTTPStatus.OK or refusal:
        return "unknown", refusal[1] if refusal else f"HTTP {status}"
    if "html" in response.headers.get("content-type", "").lower() or text.lstrip().startswith("<"):
        return "registered", "it shows its sign-in page"
    return "unknown", "it shows no page"


def _judge_redirect(location: str, url: str, redirect_uri: str) -> tuple[RedirectState, str]:
    if location.startswith(redirect_uri) and location[len(redirect_uri) :][:1] in ("", "?", "&", "#"):
        # A server never sends a browser to an address it does not know (RFC 6749, 3.1.2.4).
        return "registered", "it sends the browser back there"
    told = _told_in(location)
    if _MISMATCH.search(told):
        return "missing", "redirect_uri_mismatch"
    if refusal := _REFUSAL.search(told):
        return "unknown", refusal[1]
    there, here = urlsplit(location), urlsplit(url)
    googles = there.hostname == here.hostname or (there.hostname or "").endswith(".google.com")
    if googles and "error" not in there.path.lower() and _SIGN_IN.search(there.path):
        return "registered", "it goes on to the sign-in"
    return "unknown", f"it sends the browser to {there.scheme}://{there.netloc}{there.path}"


def _told_in(location: str) -> str:
    """Return what the address of an error page says: its own words, and what is packed into `authError`.

    The addresses that were asked for stand in it, too, and must not be taken for words.
    """
    parts = urlsplit(location)
    query = parse_qs(parts.query)
    words = [unquote(parts.path)]
    for name in ("error", "error_description", "error_subtype"):
        words += query.get(name, [])
    for packed in query.get("authError", []):
        padded = packed.replace(" ", "+").rstrip("=")
        padded += "=" * (-len(padded) % 4)
        try:
            words.append(
                base64.b64decode(padded, altchars=b"-_" if re.search(r"[-_]", padded) else None).decode(
                    "utf-8", "replace"
                )
            )
        except (binascii.Error, ValueError):
            words.append(packed)
    return " ".join(words)


def _handed_over(response: "httpx2.Response", url: str) -> str:
    """Return the other authorisation endpoint of the same server that it sends the browser to; empty for none."""
    location = urljoin(url, response.headers.get("location", "")) if response.is_redirect else ""
    there, here = urlsplit(location), urlsplit(url)
    same = (there.scheme, there.netloc) == (here.scheme, here.netloc)
    return location if location and same and _ENDPOINT.search(there.path) and "client_id=" in there.query else ""


def _page(url: str, wire: Wire) -> "httpx2.Response":
    headers = {"accept": "text/html,application/xhtml+xml"}
    return wire.send(lambda: wire.http.send(SERVICE, "GET", url, headers=headers), repeatable=True)
