"""Pages of judges and of what they need before and after a run. The form and the page of a run are in `training`."""
