"""Accounts: joining by a link, inviting, roles, a new password, and the record of all that."""
