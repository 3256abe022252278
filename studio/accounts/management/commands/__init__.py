"""`manage.py bootstrap`: what a new studio needs before its first page. Other people are made in the admin."""
