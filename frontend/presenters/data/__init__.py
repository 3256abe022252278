"""Pages of prompts, responses and pairs."""
