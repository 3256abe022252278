"""Django's backend for PostgreSQL, with connections that outlive the thread that opened them."""
