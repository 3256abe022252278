"""How people get in and stay in: the backend, browser sessions, API tokens, and limits for who guesses."""
