"""Pages of projects as such: all that somebody may enter, a new one, and one with what hangs on it."""
