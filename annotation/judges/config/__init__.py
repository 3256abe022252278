"""What a judge is: its folder or published file, read and checked. Nothing here is asked."""
