"""REST endpoints of people, projects and tokens, and how a token is told. The acts themselves are in `acts/`."""
