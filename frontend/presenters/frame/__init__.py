"""What home shows, and what can be done next after a success."""
