"""Several machines of one computer, to be run by hand."""
