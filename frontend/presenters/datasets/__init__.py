"""What the pages of dataset versions show."""
