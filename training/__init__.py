"""What machines do with a dataset version. It sees annotation; torch is imported in `jobs` only."""
