"""Checkpoints of our own: registration, chat templates, and the client of the model server that answers with them.

The server itself is in `jobs`.
"""
