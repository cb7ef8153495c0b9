"""Every way gsync can fail, by what the caller should do about it.

    GsyncError                exit  1  a defect of gsync
    ├── WrongUsage                  2  the command line does not fit
    ├── ActionNeeded                3  a person must do something first
    ├── SignInNeeded                4  sign in, or sign in again
    ├── ConfigurationWrong          5  mend the configuration
    ├── Refused                     6  the remote side will not do it
    ├── Temporary                   7  try again later
    ├── PartlyDone                  8  some records failed; they are listed
    ├── StoppedForSafety            9  going on might do harm
    └── Interrupted               130  Ctrl-C

An error is raised with a stable code and the facts; `cli/words` alone makes the sentence a person reads and the
next command out of them. Nothing decides by message text: callers catch classes, or compare `code`.
"""

from typing import ClassVar


class GsyncError(Exception):
    """A failure with a stable `code` (kebab-case, a row of `cli/words`) and the `facts` its sentence needs."""

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({details})" if details else self.code


class WrongUsage(GsyncError):
    """The command line does not fit: an unknown option, a value of the wrong form, a question nobody can answer."""

    exit_code = 2


class ActionNeeded(GsyncError):
    """A person must do something first, usually in a browser."""

    exit_code = 3


class SignInNeeded(GsyncError):
    """No sign-in, one that has ended, or one that was refused."""

    exit_code = 4


class ConfigurationWrong(GsyncError):
    """A setting, a file or an address is wrong and stays wrong until somebody mends it."""

    exit_code = 5


class Refused(GsyncError):
    """The remote side understood and will not: missing rights, a policy, a licence."""

    exit_code = 6


class Temporary(GsyncError):
    """It may work later: no network, an overloaded service, another run in progress."""

    exit_code = 7


class PartlyDone(GsyncError):
    """The rest is done; the records that failed are listed."""

    exit_code = 8


class StoppedForSafety(GsyncError):
    """Nothing was written, because going on might have done harm."""

    exit_code = 9


class Interrupted(GsyncError):
    """Somebody pressed Ctrl-C."""

    exit_code = 130
