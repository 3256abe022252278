"""Pages of dataset versions, and the form that freezes one."""
