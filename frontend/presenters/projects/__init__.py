"""What the pages of projects show. Requests are in `pages.projects`."""
