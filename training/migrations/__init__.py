"""The tables of training as they are made. What a column means is in `models`."""
