"""People, their roles, sign-in and API tokens. Who may do what to which row is decided where the row is. A leaf."""
