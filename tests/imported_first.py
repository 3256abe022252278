"""`python -m tests.imported_first`: what goes wrong where a module is the first of the project to be imported.

Prints a line for each module with a fault. Models are loaded already, as Django always does; the programs in
`training.jobs` are left out, each of which is started by itself in a test of its own.
"""

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.contrib import admin

ROOT = Path(__file__).parents[1]
ROOMS = ("studio", "annotation", "training", "frontend")
LEFT_OUT = ("training.jobs", "__main__", "migrations")


def modules() -> Iterator[str]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if not any(part in name for part in LEFT_OUT):
                yield name


def fault(module: str, loaded: set[str]) -> str:
    """Empty for a module that can be imported where of the project only `loaded` are."""
    for name in sys.modules.keys() - loaded:
        if name.partition(".")[0] in ROOMS:
            del sys.modules[name]
    admin.site._registry.clear()
    try:
        importlib.import_module(module)
    except ImportError as error:
        return f"{module}: {error}\n"
    return ""


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    # The admin would load most of the project, in an order of its own.
    settings.INSTALLED_APPS = [without_discovery(app) for app in settings.INSTALLED_APPS]
    django.setup()
    warnings.simplefilter("ignore")
    loaded = set(sys.modules)
    for module in modules():
        sys.stdout.write(fault(module, loaded))


def without_discovery(app: str) -> str:
    return "django.contrib.admin.apps.SimpleAdminConfig" if app == "django.contrib.admin" else app


if __name__ == "__main__":
    main()
