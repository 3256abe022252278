"""What stands around all pages, and the pages that belong to no part: home, search, settings, sign-in."""
