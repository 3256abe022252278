"""Judges: who grades in place of people."""
