"""Files, profiles and settings."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
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
    "setting-unknown": Words(
        "gsync has no setting “{key}”.[[ Did you mean {near}?]] Nothing was changed.", "gsync config show"
    ),
    "setting-does-not-fit": Words(
        "“{value}” does not fit the setting {key}: it must be {expected}. Nothing was changed.",
        "gsync config get {key}",
    ),
    "config-damaged": Words(
        "{path} can't be read as TOML ({reason}), so gsync does not know its settings. Nothing was done.",
        "Mend that line, or move the file away and set its settings again with: gsync config set KEY VALUE",
    ),
    "config-unknown-key": Words(
        "{path} holds “{key}”, which is no setting of gsync.[[ Did you mean {near}?]] Nothing was done.",
        "gsync config unset {key}",
    ),
    "config-value": Words(
        "{path} holds “{value}” for {key}, but it must be {expected}. Nothing was done.",
        "gsync config set {key} VALUE, or: gsync config unset {key}",
    ),
    "environment-unknown-key": Words(
        "The environment holds {variable}, which is no setting of gsync.[[ Did you mean {near}?]] Nothing was done.",
        "unset {variable}",
    ),
    "environment-value": Words(
        "The environment holds “{value}” in {variable}, but {key} must be {expected}. Nothing was done.",
        "unset {variable}, or give it a value that fits",
    ),
    "disk-full": Words(
        "The disk is full: {path} can't be written. What stood there is unchanged, and nothing is lost.",
        "Make room, then run the same command again: it goes on from there",
    ),
}
