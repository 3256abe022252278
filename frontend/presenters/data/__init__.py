"""What the pages of collections and their data show. Requests are in `pages.data`."""
