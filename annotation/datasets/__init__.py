"""Dataset versions: a definition, the rows that it selects, the split, and the frozen version.

Files are in `interchange`.
"""
