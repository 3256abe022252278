"""Checkpoints of our own: registration, chat templates, and the model server that answers with them."""
