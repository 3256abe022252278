"""PostgreSQL, Valkey, the web process and the workers as children of one small supervisor.

Knows no Django and nothing else of the project but `die_with_parent`: a folder and a few programs are all it needs.
"""
