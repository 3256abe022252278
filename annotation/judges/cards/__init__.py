"""A card for each judge version: how far it may be trusted, what it favours besides quality, and what it costs.

Whatever grows with the number of judgments is added up in PostgreSQL, by prompt, so that a card costs a dozen
queries and intervals count what share a prompt as one.
"""
