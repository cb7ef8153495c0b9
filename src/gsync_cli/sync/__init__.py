"""The engine: what changed, what to do about it, and doing it so that nothing is lost or doubled.

It knows neither Google nor Creatio, and does no I/O but its own state.
"""
