"""Requests to pages: who may ask, what is asked, which template answers. What it shows is made in `presenters`."""
