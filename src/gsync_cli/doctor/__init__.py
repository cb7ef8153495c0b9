"""Every check there is: what is looked at, what was found, and the command that mends it."""
