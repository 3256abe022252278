"""What stands around all pages, and the pages that belong to no other room: home, search, settings, sign-in."""
