"""Contacts: the neutral contact, who is the same person, and a store for each side."""
