"""Accounts: joining by a link, inviting, roles, a new password, and the record of all that.

And the work of people, for leads: their figures, judgments and skips, pausing and taking back.
"""
