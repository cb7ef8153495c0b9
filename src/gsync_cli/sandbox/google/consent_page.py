"""The pages a person sees at sign-in: choice of account, scopes as boxes, Continue and Cancel; and the error pages.

Plain HTML without a script, so that a test or a terminal can approve by posting the form.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from gsync_cli.sandbox.google.account import Account
from gsync_cli.sandbox.google.tokens import IDENTITY, Client
from gsync_cli.sandbox.messages import Request, Response

_FRAME = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 sans-serif;max-width:32em;margin:4em auto;padding:0 1em;color:#222}}
fieldset{{border:1px solid #ccc;border-radius:8px;margin:1em 0}}label{{display:block;margin:.3em 0}}
button{{font:inherit;padding:.4em 1.4em;margin-right:1em}}small{{color:#777}}</style></head>
<body><p><small>Accounts of the sandbox: nobody's real account is asked for here.</small></p>
{body}
</body></html>
"""


def consent(
    client: Client, accounts: Sequence[Account], chosen: str, scopes: Iterable[str], query: Mapping[str, str]
) -> Response:
    """Show the form. It sends back the whole request, the account, the ticked scopes and the decision."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in query.items()
    )
    choice = "".join(
        f'<label><input type="radio" name="account" value="{escape(account.email)}" required'
        f"{' checked' if account.email == chosen else ''}> "
        f"{escape(account.name)} &lt;{escape(account.email)}&gt;</label>"
        for account in accounts
    )
    boxes = "".join(
        f'<label><input type="checkbox" name="granted" value="{escape(scope)}" checked> {escape(scope)}</label>'
        for scope in scopes
        if scope not in IDENTITY
    )
    body = f"""<h1>{escape(client.project.app)} wants to access your Google Account</h1>
<form method="post" action="consent">{hidden}
<fieldset><legend>Account</legend>{choice}</fieldset>
<fieldset><legend>What {escape(client.project.app)} can do</legend>{boxes}</fieldset>
<button type="submit" name="decision" value="continue">Continue</button>
<button type="submit" name="decision" value="cancel">Cancel</button>
</form>"""
    return Response.of_html(200, _FRAME.format(title="Sign in - Google Accounts", body=body))


def refused(status: int, code: str, text: str) -> Response:
    """Show an error page; nothing is sent to the redirect address."""
    body = f"<h1>Access blocked</h1><p>{escape(text)}</p><p>Error {status}: {escape(code)}</p>"
    return Response.of_html(status, _FRAME.format(title=f"Error {status} ({code})", body=body))


def auth_error(status: int, code: str, text: str) -> str:
    """Pack an error as the authError of a link: base64 of a small protocol buffer (code, text, status)."""
    packed = b"\x0a" + _text(code) + b"\x12" + _text(text) + b"\x20" + _varint(status)
    return base64.b64encode(packed).decode()


def told_error(request: Request) -> Response:
    """Show the error that a link carries; the page itself is a 200 that a person reads."""
    try:
        packed = base64.b64decode(request.argument("authError"))
        code, rest = _unpacked(packed[1:])
        text, _ = _unpacked(rest[1:])
    except (ValueError, IndexError):
        code, text = "invalid_request", "Something went wrong."
    body = f"<h1>Access blocked</h1><p>{escape(text)}</p><p>Error 400: {escape(code)}</p>"
    return Response.of_html(200, _FRAME.format(title="Error 400", body=body))


def _text(text: str) -> bytes:
    return _varint(len(text.encode())) + text.encode()


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _unpacked(packed: bytes) -> tuple[str, bytes]:
    size, shift, at = 0, 0, 0
    while True:
        byte = packed[at]
        size |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return packed[at : at + size].decode(), packed[at + size :]
