"""What a judge is: its folder or published file, read and checked. How it is asked is in `protocols` and `client`."""
