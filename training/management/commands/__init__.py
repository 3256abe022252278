"""Commands of `manage.py` for recipes and benchmarks: arguments in, lines out.

What is done is in the rooms that they call.
"""
