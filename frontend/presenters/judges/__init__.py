"""What the pages of judges and their runs show."""
