"""Commands of `manage.py` that are about the studio itself."""
