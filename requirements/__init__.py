"""Lists of packages, one file each, and what installs, locks and checks them. Standard library only."""
