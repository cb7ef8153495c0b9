"""What a person reads when something fails: one row for each error code.

`says` tells what happened and what it means for their data; `do` is the next step, with the command. Both are filled
with the facts of the error. A test raises every code found in the sources and renders its row.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """The sentence and the next step for one error code; `{name}` stands for a fact of the error."""

    says: str
    do: str = ""


WORDS: Final[dict[str, Words]] = {
    # ── files, profiles, settings ────────────────────────────────────────────────────────────────────────────
    "profile-name": Words("“{name}” can't be the name of a profile.", "Use letters, digits, dot, dash and underscore."),
    "file-readable-by-others": Words(
        "{path} can be read by other users of this machine (mode {mode}), so gsync does not use it.", "chmod 600 {path}"
    ),
    "file-not-readable": Words("{path} can't be read: {reason}."),
    "file-not-writable": Words(
        "{path} can't be written: {reason}. What stood there is unchanged.",
        "Make room or mend its rights, then repeat.",
    ),
    "credentials-damaged": Words(
        "{path} is not the file that gsync wrote: it can't be read as TOML. Nothing was changed.",
        "Move it away, then: gsync keys import …, gsync creatio connect …, gsync account add",
    ),
    # ── command line and terminal ────────────────────────────────────────────────────────────────────────────
    # ── keys and sign-in at Google ───────────────────────────────────────────────────────────────────────────
    # ── reaching Google ──────────────────────────────────────────────────────────────────────────────────────
    # ── reaching Creatio ─────────────────────────────────────────────────────────────────────────────────────
    # ── contacts: tag, group ─────────────────────────────────────────────────────────────────────────────────
    # ── the engine: state, lock, guard ───────────────────────────────────────────────────────────────────────
    # ── sandbox and demo ─────────────────────────────────────────────────────────────────────────────────────
}
