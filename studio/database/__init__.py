"""Django's backend for PostgreSQL, and what any table may need: COPY, time limits, retries. It knows no table."""
