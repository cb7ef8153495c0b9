"""What people do by hand, on either side: make contacts, change them, tag, group, merge and delete."""

from collections.abc import Callable, Mapping
from html import escape
from random import Random
from typing import Any, Final

from tests.simulation.plain import LOOKED_UP, NAME, TEXTS, Key, Side
from tests.simulation.rig import GROUP, REFUSED_BY_GOOGLE, World
from tests.simulation.values import ADDRESS_KINDS, Pen

Person = dict[str, Any]

_GOOGLE_PHONES: Final = {"fax": "workFax", "other": "pager"}
_GOOGLE_ADDRESSES: Final = {"business": "work", "shipping": "Shipping"}
_NAME_KEYS: Final = {
    "given": "givenName",
    "middle": "middleName",
    "family": "familyName",
    "salutation": "honorificPrefix",
}
_WORK_KEYS: Final = {"company": "name", "department": "department", "job_title": "title"}
_LISTS: Final = ("emailAddresses", "phoneNumbers", "urls", "imClients", "addresses")
_COMMUNICATIONS: Final = ("mail", "web", "skype", "phone")
_TOO_LONG: Final = 300
"""Characters; Creatio takes 250 of a job title."""


class Humans:
    """All people at work. `act` does something at random and tells which record it touched."""

    def __init__(self, world: World, random: Random) -> None:
        self.world = world
        self.random = random
        self.pen = Pen(random)
        self.persons = 0
        self.tag = world.desk.tag_named(world.tag)
        self.odd_values = random.random() < 0.15
        """Whether somebody writes what the other side refuses."""

    # ── making people ────────────────────────────────────────────────────────────────────────────────────────

    def new_person(self) -> Person:
        """Invent somebody: what both sides would write about him or her, in neutral terms."""
        self.persons += 1
        who, pen, chance = self.persons, self.pen, self.random.random
        person: Person = {"person": who, "mails": [pen.mail(who)], "addresses": []}
        if chance() < 0.95:
            person["given"] = pen.given(who)
            person["family"] = pen.family(who) if chance() < 0.85 else ""
            person["middle"] = pen.text("middle", who, in_creatio=True) if chance() < 0.2 else ""
        person |= self._some_texts(who)
        while chance() < 0.25:
            person["mails"].append(pen.mail(who))
        person["phones"] = [(pen.phone_kind(), pen.number(who)) for _ in range(self.random.choice((0, 0, 1, 1, 2, 3)))]
        person["webs"] = [f"https://www.example.com/{pen.token(who)}"] if chance() < 0.2 else []
        person["skypes"] = [f"live.{pen.token(who)}"] if chance() < 0.15 else []
        while chance() < 0.25:
            person["addresses"].append((self.random.choice(ADDRESS_KINDS), pen.address(who, known=True)))
        return person

    def another_view(self, person: Person) -> Person:
        """Return the same somebody as the other side knows it: name and first mail are the same, the rest is not."""
        who = person["person"]
        shared: Person = {name: person[name] for name in NAME if name in person}
        phones = [(self.pen.phone_kind(), self.pen.number(who))] if self.random.random() < 0.5 else []
        lists: Person = {"mails": person["mails"][:1], "phones": phones, "webs": [], "skypes": [], "addresses": []}
        return {"person": who, **lists, **shared, **self._some_texts(who)}

    def _some_texts(self, who: int) -> Person:
        names = (*LOOKED_UP, "job_title", "birthday", "notes")
        return {name: self.pen.text(name, who, in_creatio=True) for name in names if self.random.random() < 0.35}

    def put_in_creatio(self, person: Person, *, tagged: bool) -> Key:
        """Make somebody in Creatio."""
        told = {name: value for name, value in person.items() if name != "person"}
        told["notes"] = self._html(person.get("notes", ""))
        if not any(person.get(part) for part in NAME):
            # Nobody can be made there without a name.
            told["name"] = person["mails"][0]
        identity = self.world.desk.add_person({**told, "tags": [self.world.tag] if tagged else []})
        if self.random.random() < 0.2:
            self.world.desk.add_communication(identity, "facebook", f"fb.{self.pen.token(person['person'])}")
        return "creatio", identity

    def put_in_google(self, person: Person, *, grouped: bool) -> Key:
        """Make somebody in Google."""
        told: dict[str, list[dict[str, Any]]] = {
            "emailAddresses": [{"value": mail, "type": "work"} for mail in person["mails"]],
            "phoneNumbers": [
                {"value": number, "type": _GOOGLE_PHONES.get(kind, kind)} for kind, number in person["phones"]
            ],
            "urls": [{"value": url} for url in person["webs"]],
            "imClients": [{"username": name, "protocol": "skype"} for name in person["skypes"]],
            "addresses": [self._google_address(kind, parts) for kind, parts in person["addresses"]],
        }
        name = {key: person[field] for field, key in _NAME_KEYS.items() if person.get(field)}
        work = {key: person[field] for field, key in _WORK_KEYS.items() if person.get(field)}
        told |= {"names": [name] if name else [], "organizations": [{**work, "type": "work"}] if work else []}
        if person.get("birthday"):
            told["birthdays"] = [self._google_date(person["birthday"])]
        if person.get("notes"):
            told["biographies"] = [{"value": person["notes"]}]
        if self.random.random() < 0.3:
            told["nicknames"] = [{"value": f"nick {self.pen.token(person['person'])}"}]
        if self.random.random() < 0.2:
            told["clientData"] = [{"key": "other.app", "value": self.pen.token(person["person"])}]
        return "google", self.world.account.add(told, *([GROUP] if grouped else []))

    # ── changing them ────────────────────────────────────────────────────────────────────────────────────────

    def edit(self, key: Key, who: int, field: str = "") -> str:
        """Change one field of a record by hand; returns what was done."""
        side, identity = key
        if field in TEXTS or (not field and self.random.random() < 0.5):
            field = field or self.random.choice(TEXTS)
            value = self._new_text(field, who, side)
            (self._creatio_text if side == "creatio" else self._google_text)(identity, field, value)
            return f"{field} = {value!r}"
        return (self._creatio_detail if side == "creatio" else self._google_detail)(identity, who)

    def _new_text(self, field: str, who: int, side: Side) -> str:
        if field != "given" and self.random.random() < 0.2:
            return ""
        if self.odd_values and field == "job_title" and self.random.random() < 0.5:
            text = REFUSED_BY_GOOGLE if side == "creatio" else "x" * _TOO_LONG
            return f"{text} {self.pen.token(who)}"
        return self.pen.text(field, who, in_creatio=side == "creatio")

    def _creatio_text(self, identity: str, field: str, value: str) -> None:
        written = self._html(value) if field == "notes" else value
        self.world.desk.edit_contact(identity, **{field: written})

    def _google_text(self, identity: str, field: str, value: str) -> None:
        person = self.world.account.contact(identity)
        if field == "birthday":
            self.world.account.edit(identity, birthdays=[self._google_date(value)] if value else [])
        elif field == "notes":
            self.world.account.edit(identity, biographies=[{"value": value}] if value else [])
        else:
            name, keys = ("names", _NAME_KEYS) if field in _NAME_KEYS else ("organizations", _WORK_KEYS)
            item = dict((person.get(name) or [{}])[0])
            item.pop("unstructuredName", None)
            item[keys[field]] = value
            self.world.account.edit(identity, **{name: [item]})

    def _creatio_detail(self, identity: str, who: int) -> str:  # noqa: PLR0911  one return for each thing to do
        desk = self.world.desk
        rows = [row for row in desk.communications(identity) if row["kind"] not in ("facebook", "twitter")]
        places = desk.addresses(identity)
        match self.random.choice(("add", "add", "change", "change", "kind", "remove", "address", "move", "drop")):
            case "change" if rows:
                row = self.random.choice(rows)
                number = self._communication(row["kind"], who)
                desk.change_communication(row["id"], number=number)
                return f"{row['kind']} {row['number']} -> {number}"
            case "kind" if phones := [row for row in rows if row["kind"] not in ("mail", "web", "skype")]:
                row, kind = self.random.choice(phones), self.pen.phone_kind()
                desk.change_communication(row["id"], kind=kind)
                return f"{row['number']} {row['kind']} -> {kind}"
            case "remove" if len(rows) > 1:
                row = self.random.choice(rows)
                desk.delete_communication(row["id"])
                return f"{row['kind']} {row['number']} removed"
            case "move" if places:
                place = self.random.choice(places)
                street = self.pen.address(who, known=True)["street"]
                desk.change_address(place["id"], {"street": street})
                return f"address {place['street']} -> {street}"
            case "drop" if places:
                place = self.random.choice(places)
                desk.delete_address(place["id"])
                return f"address {place['street']} removed"
            case "address" | "move" | "drop":
                kind, parts = self.random.choice(ADDRESS_KINDS), self.pen.address(who, known=True)
                desk.add_address(identity, kind, parts)
                return f"{kind} address {parts}"
        kind = self.random.choice(_COMMUNICATIONS)
        kind = self.pen.phone_kind() if kind == "phone" else kind
        number = self._communication(kind, who)
        desk.add_communication(identity, kind, number)
        return f"{kind} {number} added"

    def _google_detail(self, identity: str, who: int) -> str:
        account = self.world.account
        person = account.contact(identity)
        name = self.random.choice(_LISTS)
        items = [dict(item) for item in person.get(name, [])]
        what = self.random.choice(("add", "change", "kind", "remove"))
        keep = len(person.get("emailAddresses", ())) + len(person.get("phoneNumbers", ())) > 1
        if what == "remove" and items and (keep or name not in ("emailAddresses", "phoneNumbers")):
            gone = items.pop(self.random.randrange(len(items)))
            account.edit(identity, **{name: items})
            return f"{name} {_short(gone)} removed"
        new = self._google_item(name, who)
        if what == "change" and items:
            at = self.random.randrange(len(items))
            gone, items[at] = items[at], {**new, "type": items[at].get("type", "")}
            account.edit(identity, **{name: items})
            return f"{name} {_short(gone)} -> {_short(new)}"
        if what == "kind" and name == "phoneNumbers" and items:
            at, kind = self.random.randrange(len(items)), self.pen.phone_kind()
            items[at]["type"] = _GOOGLE_PHONES.get(kind, kind)
            account.edit(identity, **{name: items})
            return f"{_short(items[at])} is {kind}"
        account.edit(identity, **{name: [*items, new]})
        return f"{name} {_short(new)} added"

    def _communication(self, kind: str, who: int) -> str:
        if kind == "mail":
            return "no-address " + self.pen.token(who) if self._oddly() else self.pen.mail(who)
        if kind == "web":
            return f"www.example.com/{self.pen.token(who)}/"
        return f"live.{self.pen.token(who)}" if kind == "skype" else self.pen.number(who)

    def _google_item(self, name: str, who: int) -> dict[str, Any]:
        pen = self.pen
        makers: Mapping[str, Callable[[], dict[str, Any]]] = {
            "emailAddresses": lambda: {"value": pen.mail(who), "type": "home"},
            "phoneNumbers": lambda: {"value": pen.number(who), "type": self.random.choice(("mobile", "work", "Desk"))},
            "urls": lambda: {"value": f"https://example.org/{pen.token(who)}"},
            "imClients": lambda: {"username": f"live.{pen.token(who)}", "protocol": "skype"},
            "addresses": lambda: self._google_address(self.random.choice(ADDRESS_KINDS), pen.address(who, known=False)),
        }
        return makers[name]()

    def _oddly(self) -> bool:
        return self.odd_values and self.random.random() < 0.2

    # ── within ───────────────────────────────────────────────────────────────────────────────────────────────

    def _html(self, text: str) -> str:
        """Return notes as one or another version of Creatio's editor writes them."""
        if not text or ("<" not in text and "\n" not in text and self.random.random() < 0.3):
            return text
        lines = [escape(line, quote=False) for line in text.split("\n")]
        if self.random.random() < 0.5:
            return "".join(f"<p>{line or '&nbsp;'}</p>" for line in lines)
        return f"<p><span style='font-size:14px;'>{'<br />'.join(lines)}</span></p>"

    def _google_address(self, kind: str, parts: Mapping[str, str]) -> dict[str, Any]:
        names = {"street": "streetAddress", "city": "city", "region": "region", "postal_code": "postalCode"}
        item = {key: parts[name] for name, key in {**names, "country": "country"}.items() if parts.get(name)}
        return {**item, "type": _GOOGLE_ADDRESSES.get(kind, kind)}

    def _google_date(self, day: str) -> dict[str, Any]:
        year, month, number = map(int, day.split("-"))
        return {"date": {"year": year, "month": month, "day": number}}


def _short(item: Mapping[str, Any]) -> str:
    return " ".join(str(value) for name, value in item.items() if name not in ("metadata", "formattedType"))
