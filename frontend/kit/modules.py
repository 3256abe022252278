"""The import map: which hashed file each ES module is.

Modules import each other by plain relative names (`./api.js`). The browser resolves these against the
importing file's address, and the map turns the plain address into the hashed one.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path

import orjson
from django.conf import settings
from django.templatetags.static import static

FOLDER = Path(__file__).parents[1] / "static"
# Names for libraries that come from Python wheels.
LIBRARIES = {"chart.js": "unfold/js/chart/chart.js"}


def import_map() -> str:
    """The map as JSON; made once per process, anew for each request in DEBUG."""
    return _build() if settings.DEBUG else _built()


def import_map_hash() -> str:
    """The map's source expression for `script-src`: the one inline script that pages may have."""
    digest = hashlib.sha256(import_map().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _build() -> str:
    files = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("js/**/*.js"))
    imports = {settings.STATIC_URL + name: static(name) for name in files}
    imports |= {name: static(path) for name, path in LIBRARIES.items()}
    return orjson.dumps({"imports": imports}).decode()


@cache
def _built() -> str:
    return _build()
