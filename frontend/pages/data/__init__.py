"""Pages of what is read and judged: prompts, responses, pairs, their collections and the import of files.

Judging them is in `review`, freezing them in `datasets`.
"""
