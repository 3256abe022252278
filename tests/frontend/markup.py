"""HTML as a test reads it: how its template is laid out is no part of what a page says."""

import re


def tight(html: str) -> str:
    """One space for each run of white space, and none beside a tag: `<dt>Tie</dt><dd>1 pair</dd>`."""
    return re.sub(r" ?(<[^>]*?) ?> ?", r"\1>", " ".join(html.split()))
