"""A file format, a protocol, a kind of run and a benchmark, added as CONTRIBUTING.md says: to prove its lists.

`rows` holds the lines that would stand in the tables of the studio, the other modules are those that would lie in
its folders. `added.py` is run by `tests/test_contributing.py` in a studio of its own.
"""
