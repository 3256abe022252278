"""People: roles, sign-in, sessions, API tokens, invitations, letters and the audit. A leaf.

Who may do what to which row is decided where the row is.
"""
