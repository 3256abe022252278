"""Tags and filters of templates. What they draw with is in `kit`; frontend/README.md lists them."""
