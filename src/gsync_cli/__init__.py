"""gsync: Google Workspace for Creatio, set up and kept in step from a terminal."""

__version__ = "0.1.0"
