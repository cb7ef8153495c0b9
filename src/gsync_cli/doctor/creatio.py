"""Checks of the Creatio site: signing in, version, rights, the zone of its dates, the tag.

Signing in is what every run does: with the kept session, else once with the stored password, and never with one that
was refused before (creatio/session.py).
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gsync_cli.doctor.check import CREATIO, Check, Finding, passed, warned

if TYPE_CHECKING:
    from gsync_cli.creatio.dates import DateReading
    from gsync_cli.creatio.session import CreatioSite
    from gsync_cli.doctor.scene import Scene

_RUNTIMES: Final = {"/0": ".NET Framework (prefix /0)", "": ".NET (no prefix)"}
_UTC_ZONES: Final = frozenset({"UTC", "Etc/UTC", "Etc/GMT", "GMT"})


def look_at_sign_in(scene: "Scene") -> Finding:
    """Sign in, or use the session of an earlier run."""
    from gsync_cli.creatio.identity import who

    site = scene.site
    # A kept session may have ended: only an answer proves it.
    site.user = who(site, site.account.user)
    how = "with the session of an earlier run" if site.reused else "with a new session"
    way = "password" if site.account.auth == "password" else "OAuth application"
    meant = "" if site.user.name in ("", site.account.name) else f", for {site.user.name}"
    told = f"{site.account.name} is signed in to {site.url} by {way}{meant}, {how}"
    if site.warnings:
        says, do = scene.words(site.warnings[0])
        return warned(f"{told}. {says}", do)
    return passed(f"{told}.")


def look_at_version(scene: "Scene") -> Finding:
    """Ask the site for its version, whatever was kept; the redirect URIs depend on it."""
    from gsync_cli.creatio.identity import at_least

    site = scene.site
    before, now = site.version, _live_version(site)
    scene.version = now or before
    runtime = _RUNTIMES[site.prefix]
    if not now:
        known = f"; gsync goes by {before}" if before else ""
        return warned(
            f"The site does not tell its version{known}. Runtime: {runtime}.",
            "Look it up in Creatio under About, then: gsync config set creatio.version VERSION",
        )
    told = f"The site reports version {now}, runtime {runtime}"
    if site.account.version not in ("auto", now) and not now.startswith(f"{site.account.version}."):
        return warned(
            f"{told}, but the setting creatio.version says {site.account.version}.",
            "gsync config set creatio.version auto",
        )
    if before not in ("", now) and site.account.version == "auto":
        told += f"; it was {before} before"
    dropped = " Since 8.0 Creatio itself no longer synchronises contacts with Google; gsync does."
    return passed(f"{told}.{dropped if at_least(now, 8) else ''}")


def look_at_data_service(scene: "Scene") -> Finding:
    """Read one contact and one tag by OData: the right to use it, and rights on both."""
    from gsync_cli.creatio.odata import OData, Query

    site = scene.site
    odata = OData(site)
    for entity in ("Contact", "ContactTag", "ContactInTag"):
        next(odata.rows(Query(entity, ("Id",), top=1), 1), None)
    return passed(f"{site.url}{site.prefix}/odata answers {site.account.name}: contacts, tags, contacts with a tag.")


def look_at_dates(scene: "Scene") -> Finding:
    """Find out in which zone the site means its dates (facts/creatio.md 2.4)."""
    from gsync_cli.creatio.calibration import date_reading, user_zone

    site = scene.site
    setting = site.account.dates
    used = date_reading(site)
    found = used if setting == "auto" or (measured := _measured(site)).mode == "unknown" else measured
    zone = user_zone(site)
    profile = f"the user's profile zone is {zone}" if zone else "the zone of the user's profile is not told"
    if setting != "auto" and found.mode not in ("unknown", used.mode):
        return warned(
            f"The setting creatio.dates says {setting}, but the site writes {_in_words(found)}; {profile}. Times "
            "would be hours off.",
            "gsync config set creatio.dates auto",
        )
    advice = (
        "In Creatio, set the time zone in the profile of the user gsync signs in as to UTC, then: gsync doctor --only "
        "creatio-dates"
    )
    match found.mode:
        case "utc":
            return passed(f"The site writes its dates in UTC; {profile}.")
        case "user-zone" if found.zone in _UTC_ZONES:
            return passed("The site writes its dates in the user's zone, which is UTC.")
        case "user-zone":
            return warned(
                f"The site writes its dates in the user's zone, {found.zone}; gsync converts them. The hour that comes "
                "twice in autumn stays ambiguous; with a profile in UTC nothing would.",
                advice,
            )
        case _ if zone in _UTC_ZONES:
            return passed(f"Whether dates come in UTC or in the user's zone is the same here: {profile}.")
        case _:
            return warned(
                f"Whether the site writes dates in UTC or in the user's zone can't be told yet; {profile}. The first "
                "write tells; until then gsync reads a day more than it must.",
                advice,
            )


def look_at_tag(scene: "Scene") -> Finding:
    """Look whether the tag that chooses contacts is set, is there, and is a private one of the user."""
    from gsync_cli.contacts.creatio_tag import Owner, find_tag
    from gsync_cli.creatio.odata import OData

    site = scene.site
    account = site.account
    owner = Owner(site.user.contact_id, by_proxy=bool(account.user) or account.auth == "oauth")
    tag = find_tag(OData(site), scene.settings.text("sync.contacts.tag"), owner)
    return passed(f"“{tag.called}” is a private tag of {site.user.name or account.name}.")


def _live_version(site: "CreatioSite") -> str:
    """Return the version that the site reports now, and keep it; "" where it does not say."""
    from gsync_cli.creatio.identity import version_of

    now = version_of(site)
    if now and site.account.version == "auto":
        site.version = now
    return now


def _measured(site: "CreatioSite") -> "DateReading":
    """Find out how the site writes dates as if nothing were set."""
    from gsync_cli.creatio.calibration import date_reading

    account = site.account
    site.account = replace(account, dates="auto")
    try:
        return date_reading(site)
    finally:
        site.account = account


def _in_words(reading: "DateReading") -> str:
    return "UTC" if reading.mode == "utc" else f"the user's zone, {reading.zone}"


CHECKS: Final = (
    Check("creatio-sign-in", "Sign-in at Creatio", CREATIO, look_at_sign_in, ("credentials", "creatio-host")),
    Check("creatio-version", "Version and runtime", CREATIO, look_at_version, ("creatio-sign-in",)),
    Check("creatio-data-service", "Data service (OData)", CREATIO, look_at_data_service, ("creatio-sign-in",)),
    Check("creatio-dates", "Zone of the dates", CREATIO, look_at_dates, ("creatio-data-service",)),
    Check("creatio-tag", "Private tag", CREATIO, look_at_tag, ("creatio-data-service",)),
)
