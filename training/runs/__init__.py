"""A run as data: its kind, form, name, launch, and what it left. What a worker does with it is in `worker`."""
