"""Projects: the places of teams' work, and whose rows are seen there. Members and roles are in `studio.accounts`."""
