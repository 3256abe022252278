"""What people do with pairs: making them, which pair next, their judgments and flags.

Judges are in `judges`.
"""
