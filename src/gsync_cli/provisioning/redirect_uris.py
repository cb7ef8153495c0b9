"""The redirect URIs and the origin that Creatio's OAuth client needs (rows P10-P13).

Google compares a redirect URI byte by byte, and refuses some at registration; the rules are those of facts/google.md
3.13, checked here so that nobody copies an address into the console which it will not take.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from gsync_cli.errors import WrongUsage

Runtime: TypeAlias = Literal["framework", "net"]

PLACEHOLDER: Final = "https://your_website_url"
"""What the guide writes where the address of a site belongs."""

_PAGE_ID: Final = "3b22f0ff-034a-48da-8758-a0660e5a26ff"
_FORMER_PAGE: Final = f"ViewPage.aspx?Id={_PAGE_ID}"
_PAGE: Final = f"LegacySocialAccountAuthPage.aspx?Id={_PAGE_ID}"
_SERVICE: Final = "rest/GoogleOAuthAuthenticator/ProcessAuthenticationCode"
_PAGE_CHANGED_IN: Final = (7, 17, 1)
_VERSION: Final = re.compile(r"v?(\d{1,4}(?:\.\d{1,6}){1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of Creatio. `text` is as people wrote it, without a leading v."""

    text: str
    numbers: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read `7.17`, `7.17.1`, `8.1.3.6734`, `v7.17.0`. Raises WrongUsage("version-form")."""
        found = _VERSION.fullmatch(text.strip())
        if found is None:
            raise WrongUsage("version-form", version=text)
        return cls(found[1], tuple(int(number) for number in found[1].split(".")))

    @property
    def has_former_page(self) -> bool:
        """Whether it is 7.17.0 or earlier; 7.17 alone is 7.17.0."""
        return (*self.numbers, 0)[:3] < _PAGE_CHANGED_IN


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

    Raises WrongUsage with the rule that it breaks: "url-form", "url-with-user", "url-with-query", "url-with-fragment",
    "url-with-wildcard", "url-with-dots", "url-not-https", "url-ip-address", "url-not-public".
    """
    text = typed.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    broken = _broken_rule(parts, text)
    if broken:
        raise WrongUsage(broken, url=re.sub(r"//[^/@]*@", "//…@", text))
    path = re.sub(r"/0(/.*)?$", "", parts.path.rstrip("/"))
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path}"


def _broken_rule(parts: SplitResult, text: str) -> str:
    host = _host(parts)
    checks = (
        ("url-with-user", "@" in parts.netloc),
        ("url-with-wildcard", "*" in text),
        ("url-form", not host or parts.scheme.lower() not in ("http", "https") or bool(re.search(r"[\s\\]", text))),
        ("url-with-query", "?" in text),
        ("url-with-fragment", "#" in text),
        ("url-with-dots", ".." in parts.path),
    )
    broken = next((rule for rule, is_broken in checks if is_broken), "")
    if broken or _is_loopback(host):
        return broken
    if _is_address(host):
        return "url-ip-address"
    if parts.scheme.lower() != "https":
        return "url-not-https"
    return "" if "." in host.strip(".") else "url-not-public"


def _host(parts: SplitResult) -> str:
    try:
        _ = parts.port
    except ValueError:
        return ""
    return parts.hostname or ""


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
