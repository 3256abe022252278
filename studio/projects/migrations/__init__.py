"""The table of projects as it is made. What a column means is in `models`."""
