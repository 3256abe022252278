"""What the pages of judges and their runs show. Requests are in `pages.judges`."""
