"""Reaching Creatio: session, sign-in, OData, dates. It knows what the service says, and nothing of contacts."""
