"""Pages of judges and of the runs in which they judge."""
