"""The redirect URIs and the origin that Creatio's OAuth client needs (rows P10-P13).

Google compares a redirect URI byte by byte, and refuses some at registration; the rules are those of facts/google.md
3.13, checked here so that nobody copies an address into the console which it will not take.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import SplitResult, quote, unquote, urlsplit

from gsync_cli.creatio.address import site_address
from gsync_cli.errors import WrongUsage
from gsync_cli.provisioning.domains import ascii_host, is_address, is_loopback, registrable_domain

Runtime: TypeAlias = Literal["framework", "net"]

PLACEHOLDER: Final = "https://your_website_url"
"""What the guide writes where the address of a site belongs."""

_PAGE_ID: Final = "3b22f0ff-034a-48da-8758-a0660e5a26ff"
_FORMER_PAGE: Final = f"ViewPage.aspx?Id={_PAGE_ID}"
_PAGE: Final = f"LegacySocialAccountAuthPage.aspx?Id={_PAGE_ID}"
_SERVICE: Final = "rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
_PAGE_CHANGED_IN: Final = (7, 17, 1)
_VERSION: Final = re.compile(
    r"(?:creatio\s+|bpm'?online\s+)?(?:version\s+|ver\.?\s*|v\.?\s*)?"
    r"(?P<numbers>[0-9]{1,4}(?:\.[0-9]{1,6}){0,3})"
    r"(?:\s+\(?[a-z][a-z ]*\)?)?",
    re.IGNORECASE,
)
"""`8.1.3.6734`, `v7.17.1`, `Creatio 8.1.3`, `8.1.3.6734 (Quantum)`: numbers, and words that mean nothing else."""
_REDIRECT_PAGES: Final = ("/googleoauthauthenticator/", "/legacysocialaccountauthpage.aspx", "/viewpage.aspx")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_HIGHEST_PORT: Final = 65535
_LEGAL_IN_PATHS: Final = "/%:@~!$&'()*+,;="


@dataclass(frozen=True, slots=True)
class Version:
    """A version of Creatio. `text` is its numbers as people wrote them."""

    text: str
    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read `7.17`, `7.17.1`, `8.1.3.6734`, `v7.17.0`, `8`, `Creatio 8.1.3 (Quantum)`.

        A lone 7 is refused, since the redirect URIs changed within 7. Raises WrongUsage("version-form" or
        "version-incomplete").
        """
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            raise WrongUsage("version-form", version=text)
        numbers = tuple(int(number) for number in found["numbers"].split("."))
        if numbers == _PAGE_CHANGED_IN[:1]:
            raise WrongUsage("version-incomplete", version=text)
        return cls(found["numbers"], numbers)

    @property
    def padded(self) -> tuple[int, ...]:
        """The first three numbers, for comparing: 7.17 is 7.17.0."""
        return (*self.numbers, 0, 0)[:3]

    @property
    def has_former_page(self) -> bool:
        """Whether it is 7.17.0 or earlier."""
        return self.padded < _PAGE_CHANGED_IN


@dataclass(frozen=True, slots=True)
class Registration:
    """What has to stand in the OAuth client, for all sites together, in the order of the sites."""

    redirect_uris: tuple[str, ...]
    javascript_origins: tuple[str, ...]


def registration(sites: Iterable[str], version: Version, runtime: Runtime) -> Registration:
    """Compute what to register. Each site must have passed `checked_site`, or be PLACEHOLDER.

    The path without `/0` for .NET is documented nowhere; it follows from how the product builds its own address
    (facts/creatio.md 7, 9.13).
    """
    uris: list[str] = []
    origins: list[str] = []
    page = _FORMER_PAGE if version.has_former_page else _PAGE
    for site in sites:
        base = f"{site}/0" if runtime == "framework" else site
        uris += [f"{base}/{page}", f"{base}/{_SERVICE}"]
        parts = urlsplit(site)
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return Registration(tuple(dict.fromkeys(uris)), tuple(dict.fromkeys(origins)))


def checked_site(typed: str) -> str:
    """Return the address of a site as Google will take it: scheme, host, virtual directory, no slash at the end.

    What people copy along is taken off: pages inside the site, `/0`, the default port. The host comes back in lower
    case, other alphabets as `xn--…`. Raises WrongUsage with the rule that the address breaks: "url-form",
    "url-with-user", "url-redirect-uri", "url-with-query", "url-with-fragment", "url-with-wildcard", "url-with-dots",
    "url-not-https", "url-ip-address", "url-not-public".
    """
    text = typed.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text.lstrip('/')}")
    except ValueError:
        raise WrongUsage("url-form", url=_told(text)) from None
    host = _host(parts)
    if broken := _broken_rule(parts, host, text):
        raise WrongUsage(broken, url=_told(text), site=f"https://{host}")
    scheme = parts.scheme.lower()
    name = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS[scheme]) else f":{parts.port}"
    path = quote(parts.path, safe=_LEGAL_IN_PATHS)
    return site_address(f"{scheme}://{name}{port}{path}")


def _broken_rule(parts: SplitResult, host: str, text: str) -> str:
    scheme = parts.scheme.lower()
    path = unquote(parts.path)
    checks = (
        ("url-with-user", "@" in parts.netloc),
        ("url-with-wildcard", "*" in text),
        ("url-form", not host or scheme not in _DEFAULT_PORTS or bool(re.search(r"[\s\\\x00-\x1f\x7f]", text))),
        ("url-redirect-uri", any(page in path.lower() for page in _REDIRECT_PAGES)),
        ("url-with-query", "?" in text),
        ("url-with-fragment", "#" in text),
        ("url-with-dots", ".." in path),
    )
    broken = next((rule for rule, is_broken in checks if is_broken), "")
    if broken or is_loopback(host):
        return broken
    if is_address(host):
        return "url-ip-address"
    if not all(_LABEL.fullmatch(label) for label in host.split(".")):
        return "url-form"
    if scheme != "https":
        return "url-not-https"
    return "" if registrable_domain(host) else "url-not-public"


def _host(parts: SplitResult) -> str:
    """Return the host in ASCII; empty where the address has none, or a port that is none."""
    try:
        if parts.port is not None and not 0 < parts.port <= _HIGHEST_PORT:
            return ""
    except ValueError:
        return ""
    return ascii_host(parts.hostname or "")


def _told(text: str) -> str:
    """Return an address as an error may repeat it: without a password."""
    return re.sub(r"//[^/@]*@", "//…@", text)
