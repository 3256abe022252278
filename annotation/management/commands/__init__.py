"""Commands of `manage.py` for data and judges: arguments in, lines out.

What is done is in the rooms that they call.
"""
