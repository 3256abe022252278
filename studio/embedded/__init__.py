"""PostgreSQL, Valkey, the web process and the workers as children of one small supervisor.

Knows no Django and nothing else of the project: a folder and a few programs are all it needs.
"""
