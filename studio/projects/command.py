"""Commands that work in a project."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from studio.projects.models import Project
from studio.projects.scope import inside, one_here


class ProjectCommand(BaseCommand):
    """`--project SLUG` says where; there is nothing to say with one project only, or from inside of one."""

    def create_parser(self, *args: Any, **options: Any) -> Any:
        parser = super().create_parser(*args, **options)
        parser.add_argument("--project", help="Its slug. You can leave it out where there is only one.")
        return parser

    def execute(self, *args: Any, **options: Any) -> Any:
        slug = options.pop("project", None)
        with inside(asked(slug).pk if slug or one_here() is None else one_here()):
            return super().execute(*args, **options)


def asked(slug: str | None) -> Project:
    """Raises CommandError, which names the projects that there are."""
    projects = list(Project.objects.filter(slug=slug) if slug else Project.objects.all()[:2])
    if len(projects) == 1:
        return projects[0]
    known = ", ".join(Project.objects.values_list("slug", flat=True)) or "none"
    raise CommandError(f"{f'There is no project {slug!r}.' if slug else 'Say which --project.'} There are: {known}.")
