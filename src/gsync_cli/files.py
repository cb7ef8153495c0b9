"""Files that only their owner can read, and that are whole at every moment."""

import os
import stat
import tempfile
from pathlib import Path

from gsync_cli.errors import ConfigurationWrong

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(folder: Path) -> None:
    """Make `folder` and what is missing above it; the folder itself is its owner's alone."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` by `content` at once: a reader sees the old file or the new one, never a part.

    Raises ConfigurationWrong("disk-full" or "file-not-writable") with the old file untouched.
    """
    try:
        make_private_folder(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                os.chmod(name, FILE_MODE)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise ConfigurationWrong("file-not-writable", path=path, reason=error.strerror or str(error)) from error


def read_private(path: Path) -> bytes | None:
    """Return the content of `path`, or None where there is no such file.

    Raises ConfigurationWrong("file-readable-by-others") where group or others may read or write it, and
    ConfigurationWrong("file-not-readable").
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise ConfigurationWrong("file-readable-by-others", path=path, mode=f"{mode:04o}")
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationWrong("file-not-readable", path=path, reason=error.strerror or str(error)) from error
