"""The tests' settings, and what is added."""

from tests.settings import *  # noqa: F403  (a settings module is its names)
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.adding.apps.AddingConfig"]
