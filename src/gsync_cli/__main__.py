"""`python -m gsync_cli` is `gsync`."""

import sys

from gsync_cli.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
