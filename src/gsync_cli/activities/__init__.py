"""Activities of Creatio and events of the primary Google calendar, kept in step."""
