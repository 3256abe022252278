"""Pages. They see every other part and are seen by none. What the API and the admin also do is in the other parts."""
