"""What a person reads for the engine's stable words: stages of a run, reasons for an action, names of fields."""

from collections.abc import Mapping
from typing import Final

STAGES: Final = {
    "settle-creatio": "Looking in Creatio for what an interrupted run made",
    "settle-google": "Looking in Google for what an interrupted run made",
    "wait-for-google": "Giving Google time to show what an interrupted run made",
    "read-creatio": "Reading Creatio",
    "read-google": "Reading Google",
    "plan": "Comparing",
    "create-creatio": "Adding to Creatio",
    "update-creatio": "Changing in Creatio",
    "link-creatio": "Tagging in Creatio",
    "unlink-creatio": "Taking the tag off in Creatio",
    "create-google": "Adding to Google",
    "update-google": "Changing in Google",
    "link-google": "Putting into the Google group",
    "unlink-google": "Taking out of the Google group",
    "confirm-creatio": "Reading back from Creatio",
    "confirm-google": "Reading back from Google",
}

REASONS: Final = {
    "changed-in-creatio": "changed in Creatio",
    "changed-in-google": "changed in Google",
    "changed-in-both": "changed on both sides",
    "new-in-creatio": "new in Creatio",
    "new-in-google": "new in Google",
    "recognised": "the same person is on both sides",
    "left-in-creatio": "no longer tagged in Creatio",
    "left-in-google": "no longer in the Google group",
    "deleted-in-creatio": "deleted in Creatio",
    "deleted-in-google": "deleted in Google",
    "contact-empty": "has no name, no mail and no phone",
    "activity-times": "has no times in Creatio, or ends before it begins",
    "no-organizer": "had no organizer; you are it now",
    "organizer-does-not-synchronise": "its organizer does not synchronise; you are it now",
    "activity-of-colleague": "a colleague synchronises it with Google himself",
    "brought-by-colleague": "a colleague synchronises it already, who made it for you",
    "already-invited": "is in your calendar already: somebody else invited you",
    "event-of-another": "somebody else organises it",
    "event-of-colleague": "its organizer synchronises it with Creatio himself",
    "event-not-meeting": "is no meeting but focus time, an absence, a birthday or the like",
    "ambiguous": "more than one on the other side could be the same; say which:",
    "doubtful": "shares a mail or phone with somebody who may be another person; if it is the same:",
    "double": "looks like somebody who is synchronised already:",
    "changing": "was being changed during the run; the next run takes it",
}

FIELDS: Final = {
    "given": "given name",
    "middle": "middle name",
    "family": "family name",
    "job_title": "job title",
    "primary_mail": "primary mail",
    "mails": "mail",
    "phones": "phone",
    "webs": "web",
    "skypes": "Skype",
    "addresses": "address",
    "when": "time",
    "answer": "your answer",
}

_STAGES_OF: Final[Mapping[str, Mapping[str, str]]] = {
    "activities": {
        "link-creatio": "Showing in Creatio's calendar",
        "unlink-creatio": "Taking out of Creatio's calendar",
        "link-google": "Taking up in Google",
        "unlink-google": "Letting go of in Google",
    }
}
_REASONS_OF: Final[Mapping[str, Mapping[str, str]]] = {
    "activities": {
        "recognised": "the same meeting is on both sides",
        "left-in-creatio": "no longer in your calendar in Creatio",
        "left-in-google": "no longer yours in Google",
        "ambiguous": "more than one meeting on the other side could be the same; say which:",
    }
}


def stage_of(part: str, word: str) -> str:
    """Return how a stage of a run reads where `part`, "contacts" or "activities", is synchronised."""
    return _STAGES_OF.get(part, {}).get(word) or STAGES.get(word, word)


def reason_of(part: str, word: str) -> str:
    """Return how a reason reads; a word that has no row is a sentence already."""
    return _REASONS_OF.get(part, {}).get(word) or REASONS.get(word, word)
