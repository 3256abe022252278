"""A file format, a judge's protocol and a kind of run, added from here as CONTRIBUTING.md says: to prove its lists.

`rows` holds the lines that would stand in the tables of the studio, the other modules are those that would lie in
its folders. `added.py` is run by `tests/test_contributing.py` in a studio of its own.
"""
