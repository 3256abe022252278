"""What people do with pairs: making them, which pair next, their judgments and flags.

Also who is paused, what becomes of the work of the deactivated, and what people did, in figures.

How a judge comes to its verdicts is in `judges`; `judgments` and `pair_lock` write them too.
"""
