"""What single pages show, in the shape they show it: from rows to plain values. Requests are in `pages`."""
