"""Our templates as they are sent: without the indentation, which is for whoever reads or edits them."""

import re

from django.conf import settings
from django.template import Origin
from django.template.loaders import app_directories

OURS = tuple(f"{settings.ROOT / app / 'templates'}/" for app in ("frontend", "training"))
INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)


class Loader(app_directories.Loader):
    """Lines stay, so that an error names the right one. What a `pre` holds begins at the margin already."""

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        return INDENTATION.sub("", contents) if str(origin.name).startswith(OURS) else contents
