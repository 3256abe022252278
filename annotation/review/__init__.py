"""What people do with pairs: which pair next, their judgments, flags, and how responses are paired.

Judges are in `judges`.
"""
