"""Which part of a host's name somebody can own: the domain for Google's branding form (facts/google.md 3.14).

Both parts of the public suffix list count, the registries' (`co.uk`) and the private one (`azurewebsites.net`,
`github.io`). That is how Google itself counts: a project of Firebase has `NAME.firebaseapp.com` among its authorised
domains, and `firebaseapp.com` stands in the private part. It is the safe reading besides: the other one would name
`azurewebsites.net`, which belongs to Microsoft, as the domain of a customer.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from gsync_cli.errors import WrongUsage

_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_FOR_WRITING_ABOUT: Final = "example"
"""RFC 2606: nobody can have a site below it, so it stands for one, as the guide's own placeholder does."""
_COMMENT: Final = b"//"


def authorised_domain(site_url: str) -> str:
    """Return the domain to authorise for a site: `creatio.com` for `https://050651-studio.creatio.com`.

    Internationalised names come back in the form that is sent over the network (`xn--…`). Empty for an address of this
    machine, which needs none. Raises WrongUsage("url-not-public") for a host without a public suffix and for one that
    is a suffix itself; ("url-form") where there is no host.
    """
    host = ascii_host(urlsplit(site_url).hostname or "")
    if not host:
        raise WrongUsage("url-form", url=site_url)
    if is_loopback(host):
        return ""
    domain = registrable_domain(host)
    if not domain:
        raise WrongUsage("url-not-public", url=site_url)
    return domain


def registrable_domain(host: str) -> str:
    """Return the public suffix of a host (in ASCII) and one label more; empty where it has none, or is none."""
    labels = host.rstrip(".").lower().split(".")
    if labels[-1] == _FOR_WRITING_ABOUT:
        return ".".join(labels[-2:]) if len(labels) > 1 else ""
    import publicsuffixlist

    found = publicsuffixlist.PublicSuffixList(_rules_for(labels[-1], publicsuffixlist.PSLFILE), accept_unknown=False)
    return found.privatesuffix(".".join(labels)) or ""


def ascii_host(host: str) -> str:
    """Return a host as it is sent over the network: lower case, other alphabets as `xn--…`, no dot at the end.

    Empty where it can't be a name.
    """
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    import idna

    try:
        # As browsers do, and as Creatio's address arrives at Google (UTS 46; ß stays a letter of its own).
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, the only one for which Google takes plain http (facts/google.md 3.13)."""
    return host in ("localhost", "127.0.0.1", "::1")


def is_address(host: str) -> bool:
    """Whether a host is an IP address, in any form that browsers take for one: `10.1.2.3`, `0x7f.1`, `3232235777`."""
    if _NUMBER.fullmatch(host.rsplit(".", 1)[-1]):
        return True
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _rules_for(top: str, path: str) -> list[str]:
    """Return the lines of the list that can matter for names below one top-level domain.

    Reading all of them would take 70 ms, on every call (the list has 10 000 rules).
    """
    from pathlib import Path

    ends = {top.encode()}
    if top.startswith("xn--"):
        # The list writes such names in their own alphabet.
        ends.add(top.encode().decode("idna").encode())
    lines = Path(path).read_bytes().split(b"\n")
    rules = (line.strip() for line in lines if not line.startswith(_COMMENT))
    return [rule.decode() for rule in rules if rule.rpartition(b".")[2] in ends]
