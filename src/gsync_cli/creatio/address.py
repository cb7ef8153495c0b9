"""The address of a Creatio site, out of what people copy from their browser."""

import re
from typing import Final
from urllib.parse import urlsplit

from gsync_cli.errors import WrongUsage

_INSIDE_THE_SITE: Final = re.compile(
    r"/(0|login|nui|shell|servicemodel|odata|dataservice|rest|clientapp|simplelogin|[^/]*\.(aspx|html|ashx|svc))(/|$)",
    re.IGNORECASE,
)


def site_address(typed: str) -> str:
    """Return the base address of the site: with scheme and virtual directory, without anything that lies inside it.

    `crm.example.com/app/0/Nui/ViewModule.aspx#Home` is `https://crm.example.com/app`.
    Raises WrongUsage("creatio-address").
    """
    text = typed.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise WrongUsage("creatio-address", given=_without_secret(text)) from error
    host = parts.hostname or ""
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc or re.search(r"[\s\\]", text):
        raise WrongUsage("creatio-address", given=_without_secret(text))
    host = f"[{host}]" if ":" in host else host
    inside = _INSIDE_THE_SITE.search(parts.path)
    base = parts.path[: inside.start()] if inside else parts.path
    return f"{parts.scheme.lower()}://{host}{port}{base.rstrip('/')}"


def _without_secret(text: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", text)
