"""What the admin of every noun shares: lists that stay quick when tables are long, and history that nobody edits."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline

from annotation.models.row_estimates import estimate
from studio.admin_pages import FoundById
from studio.projects.scope import inside

COUNTED = 10_000


class EstimatedPaginator(Paginator[Any]):
    """Counts short lists; of long ones it says what the planner expects."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        expected = estimate(rows)
        return expected if expected > COUNTED else int(rows.count())


class Listed(FoundById, ModelAdmin):
    """A list that never counts a whole table, found in words where the noun can be searched in words.

    Of what belongs to projects it says whose each row is, and can show one project's alone.
    """

    paginator = EstimatedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    ordering = ("-id",)

    @cached_property
    def of_projects(self) -> tuple[str, ...]:
        return ("project",) if any(field.name == "project" for field in self.model._meta.fields) else ()

    def get_list_filter(self, request: HttpRequest) -> Any:
        return (*self.of_projects, *super().get_list_filter(request))

    def get_list_display(self, request: HttpRequest) -> Any:
        shown = super().get_list_display(request)
        return shown if "project" in shown else (*shown, *self.of_projects)

    def get_list_select_related(self, request: HttpRequest) -> Any:
        return (*(super().get_list_select_related(request) or ()), *self.of_projects)


class UniqueInAProject(forms.ModelForm[Any]):
    """A name that is taken in the row's project is refused, although no field asks for the project."""

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs miss it
        return exclusions - {"project"}


class MadeInAProject:
    """Left of a page's base: what is added belongs to the project that the admin was in last, as the page says."""

    form: Any = UniqueInAProject

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        base: Any = super()
        if object_id:
            return base.changeform_view(request, object_id, form_url, extra_context)
        user: Any = request.user
        if user.at_work is None:
            raise PermissionDenied("There is no project yet. Make one first.")
        title = {"title": f"Add to the project {user.placement.name}"}
        with inside(user.at_work):
            return base.changeform_view(request, None, form_url, title | (extra_context or {}))


class ReadOnly:
    """For rows that are written by the studio only: they can be looked at and nothing else."""

    fields: tuple[str, ...] | None = None

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class History(ReadOnly, Listed):
    """What was judged, scored or frozen stays as it was."""


class HistoryInline(ReadOnly, TabularInline):
    extra = 0
    can_delete = False
    show_change_link = True
    # Its words are those of the row beneath it.
    hide_title = True


class FoundInWords:
    """Search by the models' own words (web search syntax through the text indexes) rather than by LIKE."""

    search_fields = ("search",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found: Any = queryset
        return (found.matching(search_term) if search_term else found), False


def excerpt(text: str, length: int = 80) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text[: 2 * length].split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
