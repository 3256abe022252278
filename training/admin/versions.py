"""Dataset versions are annotation's; here they gain the actions that train on them."""

from django.contrib import admin

from annotation.admin.versions import VersionAdmin
from annotation.models import Version
from training.admin.launching import LaunchPermissions, add_launches, menu
from training.runs.kinds import KINDS

# Each kind of run that reads a version, with the field of its form.
READ_BY = {kind: f"input_{next(iter(known.inputs))}" for kind, known in KINDS.items() if known.inputs}

admin.site.unregister(Version)


@admin.register(Version)
class TrainableVersionAdmin(LaunchPermissions, VersionAdmin):
    actions_row = tuple(READ_BY)
    actions_detail = menu("Launch…", actions_row)


add_launches(TrainableVersionAdmin, READ_BY)
