"""What people do with pairs: making them, which pair next, their judgments and flags.

How a judge comes to its verdicts is in `judges`; `judgments` and `pair_lock` write them too.
"""
