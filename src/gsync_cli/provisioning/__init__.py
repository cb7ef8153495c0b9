"""Registering Creatio in Google Workspace: what has to stand in the Google console, computed and compared."""
