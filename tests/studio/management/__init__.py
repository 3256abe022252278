"""Commands of the studio itself."""
