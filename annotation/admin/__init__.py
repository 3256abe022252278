"""The admin's view of annotation, one file per noun."""

from annotation.admin import assignments, authors, endpoints, judgments, pairs, prompts, responses, versions

__all__ = ["assignments", "authors", "endpoints", "judgments", "pairs", "prompts", "responses", "versions"]
