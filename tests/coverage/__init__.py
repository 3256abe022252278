"""How often the studio's intervals hold the truth: `python -m tests.coverage` writes docs/intervals.md."""
