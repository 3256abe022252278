"""Tags and filters of templates. What they draw with is in `kit`.

What every page may use (`frame`, `figures`, `reading`) is listed in frontend/README.md; the others belong to rooms.
"""
