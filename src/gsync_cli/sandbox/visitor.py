"""A person in front of the sandbox's consent page, for whom it is a page like any other: a form to read and to send."""

from html.parser import HTMLParser
from urllib.parse import urljoin

_PATIENCE = 60.0
"""Seconds; the page at the end comes only when the program has exchanged its code."""


def approve(address: str, *, decision: str = "continue") -> str:
    """Open the consent page, press the button, and return the page at which the browser ends up.

    Raises httpx2.HTTPError where a page does not come, or is an error.
    """
    import httpx2

    with httpx2.Client(trust_env=False, follow_redirects=True, timeout=_PATIENCE) as browser:
        page = browser.get(address).raise_for_status()
        form = _Form()
        form.feed(page.text)
        sent = {**form.values, "decision": [decision]}
        return browser.post(urljoin(str(page.url), form.action), data=sent).raise_for_status().text


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what it sends as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.values: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take over the form's address, hidden values, and what is ticked or chosen."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input":
            first = given.get("type") == "radio" and given["name"] not in self.values
            if given.get("type") == "hidden" or "checked" in given or first:
                # A choice that stands already gives way to the one that is marked.
                kept = self.values.get(given["name"], []) if given.get("type") == "checkbox" else []
                self.values[given["name"]] = [*kept, given.get("value", "")]
