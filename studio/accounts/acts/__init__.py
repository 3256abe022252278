"""What people do to accounts, members and projects: each act with who may, its record and its letter. No pages."""
