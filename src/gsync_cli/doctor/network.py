"""Checks of the way out: proxy, certificate authorities, each host, and the clock against theirs."""

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gsync_cli.credentials import Credentials
from gsync_cli.doctor.check import NETWORK, Check, Finding, failed, passed, skipped, warned
from gsync_cli.doctor.hosts import HostSeen, ask, google_origins, origin_of
from gsync_cli.errors import GsyncError, Temporary
from gsync_cli.http import CertificateUntrusted, NotEncrypted

if TYPE_CHECKING:
    from gsync_cli.doctor.scene import Scene

_PROXIES: Final = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_AUTHORITIES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_RENEW_BEFORE: Final = timedelta(days=14)
_WARN_FROM: Final = timedelta(minutes=1)
_FAIL_FROM: Final = timedelta(minutes=5)
_SET_CLOCK: Final = {
    "linux": "sudo timedatectl set-ntp true",
    "darwin": "sudo sntp -sS time.apple.com",
    "win32": "w32tm /resync",
}


def look_at_proxy(scene: "Scene") -> Finding:
    """Look at the proxy that the environment names, and whether it can be used."""
    given = _proxies(scene)
    told = ", ".join(f"{name}={_masked(value)}" for name, value in given.items())
    for name, value in given.items():
        scheme = value.partition("://")[0].lower() if "://" in value else "http"
        if name.lower() != "no_proxy" and scheme not in _SCHEMES:
            return failed(
                f"{name}={_masked(value)}: gsync knows no proxies of the kind “{scheme}”.",
                f"export {name}=http://HOST:PORT",
            )
    try:
        _ = scene.http
    except OSError as error:
        return failed(
            f"The certificate authorities of this machine can't be read: {error}.",
            "Look at SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE",
        )
    except (ValueError, ImportError) as error:
        return failed(f"The proxy can't be used ({_masked(str(error))}): {told}.", "Look at the variables above")
    twice = [name for name in _PROXIES if name in given and given.get(name.upper(), given[name]) != given[name]]
    if twice:
        return warned(
            f"{told}. The small and the capital form of {twice[0]} differ, and programs don't agree which one holds.",
            f"unset {twice[0].upper()}",
        )
    return passed(f"{told}." if told else "No proxy is set.")


def look_at_authorities(scene: "Scene") -> Finding:
    """Look whether the files that add certificate authorities are there."""
    given = {name: scene.environment[name] for name in _AUTHORITIES if scene.environment.get(name)}
    if not given:
        return passed("What the system trusts is trusted; no variable adds to it.")
    told = ", ".join(f"{name}={value}" for name, value in given.items())
    if missing := [name for name, value in given.items() if not Path(value).exists()]:
        return warned(f"{told}; {', '.join(missing)} names a file that is not there.", f"unset {missing[0]}")
    return passed(f"What the system trusts is trusted, and {told}.")


def look_at_google_hosts(scene: "Scene") -> Finding:
    """Ask Google's hosts, or what google.endpoints names instead."""
    needed, others = google_origins(scene.settings, _clients(scene))
    _ask_all(scene)
    seen = [scene.hosts[origin] for origin in needed]
    if any(host.error for host in seen):
        return _unreachable(scene, seen)
    spare = [scene.hosts[origin] for origin in others]
    told = "; ".join(host.told for host in (*seen, *spare))
    if any(host.error for host in spare):
        return warned(f"{told}. Synchronising works without; the commands project and apis don't.", "")
    return passed(f"{told}.")


def google_answers(scene: "Scene") -> bool:
    """Return whether every host of Google's that a run needs has answered."""
    _ask_all(scene)
    return not any(scene.hosts[origin].error for origin in google_origins(scene.settings, _clients(scene))[0])


def look_at_creatio_host(scene: "Scene") -> Finding:
    """Ask the host of the Creatio site."""
    _ask_all(scene)
    seen = [scene.hosts[origin] for origin in _creatio_origins(scene)]
    if any(host.error for host in seen):
        return _unreachable(scene, seen)
    told = "; ".join(host.told for host in seen) + "."
    ends = min((host.good_until for host in seen if host.good_until is not None), default=None)
    if ends is not None and ends - scene.clock.now() < _RENEW_BEFORE:
        return warned(f"{told} It ends soon, and nothing works after that.", "Have the certificate of the site renewed")
    return passed(told)


def look_at_clock(scene: "Scene") -> Finding:
    """Compare this machine's clock with the Date of what answered: sign-ins and cursors depend on it."""
    _ask_all(scene)
    apart = {
        host.origin: host.our_time - host.server_time
        for host in scene.hosts.values()
        if host.server_time is not None and host.our_time is not None
    }
    if not apart:
        return skipped("No host told its time, so the clock was compared with nothing.")
    google = {origin_of(url) for url in google_origins(scene.settings, _clients(scene))[0]}
    # Google's clocks are right; a site's own may be the one that is wrong.
    trusted = {origin: gap for origin, gap in apart.items() if origin in google} or apart
    origin, gap = min(trusted.items(), key=lambda found: abs(found[1]))
    if abs(gap) <= _WARN_FROM:
        wrong = {where: off for where, off in apart.items() if abs(off) > _WARN_FROM}
        if wrong:
            told = ", ".join(f"{where} is {_span(off)} {'behind' if off > timedelta(0) else 'ahead'}"
                             for where, off in wrong.items())  # fmt: skip
            return warned(f"This machine agrees with {origin}, but {told}.", "Have the clock of that server set")
        return passed(f"{' and '.join(apart)} and this machine agree within {_span(_WARN_FROM)}.")
    said = f"This machine is {_span(gap)} {'ahead of' if gap > timedelta(0) else 'behind'} {origin}"
    mend = _SET_CLOCK.get(sys.platform, "Set the clock of this machine by a time server")
    if abs(gap) > _FAIL_FROM:
        return failed(f"{said}; Google refuses sign-ins of such a machine, and changes may be missed.", mend)
    return warned(f"{said}.", mend)


def _clients(scene: "Scene") -> Credentials:
    """Return the credentials; where they can't be read, none: that is told elsewhere, and the network is looked at."""
    try:
        return scene.credentials
    except GsyncError:
        return Credentials()


def _creatio_origins(scene: "Scene") -> list[str]:
    from gsync_cli.creatio.login import account_of, identity_service, stored_login

    try:
        account = account_of(scene.settings, stored_login(_clients(scene)))
        urls = [account.url, identity_service(account)] if account.auth == "oauth" else [account.url]
    except GsyncError:
        # What is missing for a connection is told of the connection.
        urls = [scene.settings.text("creatio.url")]
    return list(dict.fromkeys(origin_of(url) for url in urls if url))


def _ask_all(scene: "Scene") -> None:
    """Ask every host, once for the whole examination."""
    needed, others = google_origins(scene.settings, _clients(scene))
    wanted = [*needed, *others, *_creatio_origins(scene)]
    if not scene.hosts.keys() >= set(wanted):
        scene.hosts.update(ask(wanted, scene.http, scene.clock))


def _unreachable(scene: "Scene", seen: list[HostSeen]) -> Finding:
    proxies = [f"{name}={_masked(value)}" for name, value in _proxies(scene).items() if name.lower() != "no_proxy"]
    through = f" The way out leads through {' or '.join(proxies)}." if proxies else ""
    told = "; ".join(host.told for host in seen) + f".{through}"
    errors = [host.error for host in seen if host.error is not None]
    if any(isinstance(error, CertificateUntrusted) for error in errors):
        return failed(
            f"{told} Most likely a proxy of your company opens the traffic, or the certificate has expired.",
            "Add your company's certificate authority to the system, or name it: export SSL_CERT_FILE=FILE",
        )
    if any(isinstance(error, NotEncrypted) for error in errors):
        return failed(f"{told} What listens there speaks plain http.", "Look at the addresses: gsync config show")
    return failed(told, "Check the network and the proxy, then: gsync doctor", Temporary)


def _proxies(scene: "Scene") -> dict[str, str]:
    """Return the variables about proxies that are set, by name."""
    environment = scene.environment
    return {name: environment[name] for low in _PROXIES for name in (low, low.upper()) if environment.get(name)}


def _masked(text: str) -> str:
    """Return an address without the name and password in it."""
    return re.sub(r"(^|//|[\s,'\"])[^/@\s,'\"]*@", r"\1…@", text)


def _span(gap: timedelta) -> str:
    """Return a span in the largest unit of which there are two."""
    seconds = round(abs(gap.total_seconds()))
    for name, size in (("days", 86_400), ("hours", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


_NEEDS: Final = ("config", "proxy")
CHECKS: Final = (
    Check("authorities", "Certificate authorities", NETWORK, look_at_authorities),
    Check("proxy", "Proxy", NETWORK, look_at_proxy),
    Check("google-hosts", "Google's hosts and certificates", NETWORK, look_at_google_hosts, _NEEDS),
    Check(
        "creatio-host", "Creatio's host and certificate", NETWORK, look_at_creatio_host, (*_NEEDS, "creatio-connection")
    ),
    Check("clock", "Clock", NETWORK, look_at_clock, _NEEDS),
)
