"""The largest numbers that forms, the API and commands take: beyond any use, and within what the database holds."""

# Of anything that is counted.
MOST = 10**9
# Seeds are smaller than this.
MOST_SEEDS = 2**31
