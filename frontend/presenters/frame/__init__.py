"""What home shows, and what can be done next after a success. Requests are in `pages.frame`."""
