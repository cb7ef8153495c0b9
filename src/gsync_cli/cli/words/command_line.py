"""What was typed, what was asked at a terminal, and the end of gsync itself."""

from typing import Final

from gsync_cli.cli.words.rows import Words

ROWS: Final[dict[str, Words]] = {
    "command-unknown": Words(
        "There is no command “{command}”.[[ Did you mean {near}?]] Nothing was done.", "{group} --help"
    ),
    "command-missing": Words("“{group}” needs one of its commands: {commands}. Nothing was done.", "{group} --help"),
    "option-unknown": Words(
        "“{command}” has no option {option}.[[ Did you mean {near}?]] Nothing was done.", "{command} --help"
    ),
    "option-without-value": Words("The option {option} needs a value. Nothing was done.", "gsync --help"),
    "option-value": Words(
        "“{value}” does not fit the option {option}: it must be {expected}. Nothing was done.", "{command} --help"
    ),
    "argument-missing": Words("“{command}” needs {argument}. Nothing was done.", "{command} --help"),
    "value-wrong": Words("{parameter} of “{command}” does not fit: {reason} Nothing was done.", "{command} --help"),
    "usage": Words("“{command}” was not understood: {reason} Nothing was done.", "{command} --help"),
    "nothing-to-set": Words("No setting was given, so nothing was changed.", "{command} --help"),
    "shell-unknown": Words(
        "gsync can't tell which shell this is, or can't complete for it (it can for bash, zsh, fish and PowerShell).",
        "Run it again from inside that shell.",
    ),
    "question-without-terminal": Words(
        "gsync has to ask “{question}”, but nobody can answer here. Nothing was done.", "Answer it with {flag}"
    ),
    "question-unanswered": Words(
        "The question “{question}” got no answer. Nothing was done.", "Answer it, or give it with {flag}"
    ),
    "stdin-empty": Words(
        "{flag} reads a line from standard input, and there was none. Nothing was done.",
        "Pipe it in, for example: gsync … {flag} < FILE",
    ),
    "interrupted": Words(
        "Interrupted. What was done so far stays done.", "Run the same command again: it goes on from there."
    ),
    "defect": Words(
        "This is a defect of gsync, not of your data: an unexpected {kind}. What was done so far stays done.",
        "Run it again with -v to see where it happened, and report that.",
    ),
    "options-exclude": Words("{one} and {other} exclude each other. Nothing was done.", "Leave one of them out"),
    "doctor-check-unknown": Words(
        "There is no check “{id}”.[[ Did you mean {near}?]] The checks: {known}. Nothing was looked at.", "gsync doctor"
    ),
}
