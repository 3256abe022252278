"""What the pages show that say which model is better. Requests are in `pages.evaluation`."""
