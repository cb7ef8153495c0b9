"""Google as the sandbox plays it: OAuth and the People API, as strict as facts/google.md 5, 6 and 8 describe them."""
