"""A run in its worker, from claim to end: leases, the program, its output, recovery."""
