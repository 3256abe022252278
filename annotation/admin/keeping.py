"""Which projects may use a judge or an endpoint: an admin says so, and the audit records it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from annotation import keeping
from annotation.admin.bases import Listed
from annotation.judges.config import registry
from annotation.models.keeping import Kept, KeptJudge
from studio.projects.models import Project
from studio.words import counted

FOR_ALL = "None chosen: for all projects. Some chosen: in others it is not listed, not offered and cannot be asked."


class KeptForm(forms.ModelForm[Any]):
    """A form of what can be kept to projects."""

    projects = forms.ModelMultipleChoiceField(
        Project.objects.all(), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=FOR_ALL
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "projects" in self.fields:
            self.fields["projects"].initial = self.instance.projects


class KeptAdmin(Listed):
    """A page whose form is a KeptForm."""

    def save_model(self, request: HttpRequest, obj: Kept, form: Any, change: bool) -> None:
        by: Any = request.user
        keeping.keep(by, obj, form.cleaned_data["projects"])

    @admin.display(description="For")
    def kept_for(self, obj: Kept) -> str:
        return counted(len(obj.kept_to), "project") if obj.kept_to else "all projects"


class KeptJudgeForm(KeptForm):
    name = forms.ChoiceField(label="Judge", widget=UnfoldAdminSelectWidget)

    class Meta:
        model = KeptJudge
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields.get("name")
        if not isinstance(name, forms.ChoiceField):
            return
        known = dict.fromkeys([*registry.names(), *filter(None, [self.instance.name])])
        name.choices = [(one, one) for one in known]


@admin.register(KeptJudge)
class KeptJudgeAdmin(KeptAdmin):
    """A row for each judge that is not for all."""

    form = KeptJudgeForm
    list_display = ("name", "kept_for")
    search_fields = ("name",)
    ordering = ("name",)
    fields = ("name", "projects")

    def get_readonly_fields(self, request: HttpRequest, obj: KeptJudge | None = None) -> tuple[str, ...]:
        """Another judge is another row: or this one would be open to all, and nobody told."""
        return ("name",) if obj else ()

    def delete_model(self, request: HttpRequest, obj: KeptJudge) -> None:
        super().delete_model(request, obj)
        self.record_open(request, [obj])

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        rows = list(queryset)
        super().delete_queryset(request, queryset)
        self.record_open(request, rows)

    def record_open(self, request: HttpRequest, rows: list[KeptJudge]) -> None:
        by: Any = request.user
        for row in rows:
            row.kept_to = []
            keeping.record(by, row)
