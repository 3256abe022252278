"""What the pages of dataset versions show. Requests are in `pages.datasets`."""
