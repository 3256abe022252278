"""A collection to another project, with all that hangs on it: what goes along, what refuses it, and the move itself.

Runs are training's: it says by the signal `refusing` which of them are in the way.
"""
