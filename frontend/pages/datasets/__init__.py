"""Pages of dataset versions, and the form that freezes one. What is in a collection is shown in `data`."""
