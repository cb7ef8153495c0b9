"""Google and Creatio in one local process: for the demo, for rehearsals and for the tests.

The sandbox is the outside world. It imports nothing of the program, and what both would share (a well-known id, say)
stands in both, on purpose: a mistake in one must not be repeated by the other.
"""
