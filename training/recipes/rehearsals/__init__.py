"""Rehearsals: a few rows through every stage of a recipe, with the real model and settings, before it starts.

A rehearsal is one run. Its stages are programs in folders below the run's own, which read and leave files only: no
checkpoint, version, response, pair or judgment is made, and the folders are erased at its end (decision 17).
"""
