"""How people get in and stay in: the backend, browser sessions, limits for who guesses. Tokens are the API's."""
