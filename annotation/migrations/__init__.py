"""The tables of annotation as they are made. What a column means is in `models`."""
