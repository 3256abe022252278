"""How often the studio's intervals hold the truth: `python -m tests.intervals` writes docs/intervals.md."""
