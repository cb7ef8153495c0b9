"""The operating system's own scheduler: one job a profile, which synchronises what is due (row S4)."""
