"""The tables of accounts as they are made. What a column means is in `models`."""
