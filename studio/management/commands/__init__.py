"""`manage.py health`: what keeps the studio from its work. `bootstrap`, which makes accounts, is in `accounts`."""
