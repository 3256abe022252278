"""A run as data: its kind, form, name and launch, and what it left behind; and the work of runs that ask a judge.

How a worker takes a run and leads it to its end is in `worker`, recipes of several runs in `recipes`.
"""
