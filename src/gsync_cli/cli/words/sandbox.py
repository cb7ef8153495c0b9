"""The sandbox and the demo."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "sandbox-not-running": Words(
        "The profile “{profile}” is not one of a sandbox. Nothing was done.",
        "gsync sandbox start --unregistered, then: gsync --profile sandbox sandbox console",
    ),
    "sandbox-project-missing": Words(
        "The profile “{profile}” has no project yet, and the console needs one. Nothing was done.",
        "gsync --profile {profile} setup-project --no-input",
    ),
    "sandbox-gone": Words(
        "The sandbox at {host} has ended, and what was in it is gone. Nothing was done.", "gsync sandbox start"
    ),
    "sandbox-console-refused": Words("The console of the sandbox refuses: {message}.", "gsync sandbox start"),
    "sandbox-profile-taken": Words(
        "The profile “{profile}” in {folder} was not made by a sandbox, so gsync does not write over it. "
        "Nothing was changed.",
        "Let the sandbox use another one: gsync --profile NAME sandbox start",
    ),
    "sandbox-running": Words(
        "A sandbox with the profile “{profile}” is running already[[, at {url}]]. Nothing was changed.",
        "Use that one, or start another beside it: gsync --profile NAME sandbox start",
    ),
    "sandbox-port": Words(
        "The sandbox can't listen on port {port} of this machine: {reason}. Nothing was started.",
        "Leave --port out to have a free one, or name another: gsync sandbox start --port PORT",
    ),
    "sandbox-latency": Words(
        "“{text}” is no latency: it must be a time such as 50ms or 0.2s. Nothing was started.",
        "gsync sandbox start --latency 50ms",
    ),
    "sandbox-version": Words(
        "The sandbox knows no Creatio {text}: it plays 7.16 and all later versions. Nothing was started.",
        "gsync sandbox start --creatio-version 7.17.3",
    ),
    "sandbox-ended": Words(
        "The sandbox at {url} ended by itself, which it should not. What was in it is gone.",
        "gsync sandbox start",
    ),
    "demo-command-failed": Words(
        "The demo stopped: “{line}” ended with exit code {exit_code}, which it should not.[[ It said: {reason}]] "
        "Nothing is left behind.",
        "Run it again; should it happen again, please report it with what it printed.",
    ),
    "demo-differs": Words(
        "The demo did not end as the guide says; not so: {checks}. Nothing is left behind.",
        "Run it again; should it happen again, please report it with what it printed.",
    ),
}
