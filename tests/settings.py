"""The studio's settings for tests: plain static files and a cheap password hash make them quick."""

import os

# mypy reads these settings too, where no server runs. The plugin in tests/servers.py has set the real addresses.
os.environ.setdefault("DATABASE_URL", "postgresql:///unreachable")
os.environ.setdefault("REDIS_URL", "redis://unreachable")
os.environ.setdefault("STUDIO_SECRET_KEY", "for tests only: " + "x" * 40)

from studio.settings import *  # noqa: F403  (a settings module is its names)

ALLOWED_HOSTS = ["testserver", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
