"""Judges, who grade in place of people: what one is, how it is asked, its runs and its card.

Verdicts of people are in `annotation.review`.
"""
