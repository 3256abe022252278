#!/usr/bin/env python
"""Django's command line for the studio."""

import os
import sys

from django.core.management import execute_from_command_line

from studio.embedded.joining import join
from studio.environment import EnvironmentInvalid

# These read files alone and run where no studio does: no server has to be named for them.
FILES_ONLY = {"figures"}
SERVERS = ("STUDIO_SECRET_KEY", "DATABASE_URL", "REDIS_URL")

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    if FILES_ONLY.intersection(sys.argv[1:2]):
        os.environ.update(dict.fromkeys(SERVERS, ""))
    else:
        join(os.environ)
    try:
        execute_from_command_line(sys.argv)
    except EnvironmentInvalid as error:
        sys.exit(f"{error}")
