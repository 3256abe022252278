"""A filled studio whose collections can all be moved."""

from annotation.models import Collection, Version
from annotation.moves.versions import mixed
from training.models import Run, RunVersion


def unmix() -> None:
    """Nothing is at work, and no version mixes collections."""
    Run.objects.update(state="succeeded")
    in_the_way = {version.pk for one in Collection.objects.all() for version in mixed(one)}
    RunVersion.objects.filter(version__in=in_the_way).delete()
    Version.objects.filter(pk__in=in_the_way).delete()
