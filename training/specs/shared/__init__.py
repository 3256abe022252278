"""What every trainer can be told, a module for each theme. A struct has one base, so each is the base of the next."""
