"""Pages of what is read and judged: prompts, responses, pairs, their collections and the import of files."""
