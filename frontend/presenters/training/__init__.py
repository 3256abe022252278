"""What the pages of runs and recipes show. Requests are in `pages.training`."""
