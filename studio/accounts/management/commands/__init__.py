"""`manage.py bootstrap`: what a new studio needs before its first page. Other people join by invitations."""
