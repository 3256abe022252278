"""Dataset versions, which nobody edits, and their records."""

from django.contrib import admin

from annotation.admin.bases import History
from annotation.models import Version, VersionItem


@admin.register(Version)
class VersionAdmin(History):
    list_display = ("name", "number", "kind", "train", "test", "fingerprint", "created_by", "created_at")
    list_filter = ("kind",)
    list_select_related = ("created_by",)
    search_fields = ("name", "notes", "digest")

    @admin.display(description="Train")
    def train(self, version: Version) -> int:
        return int(version.counts.get("train", 0))

    @admin.display(description="Test")
    def test(self, version: Version) -> int:
        return int(version.counts.get("test", 0))

    @admin.display(description="Digest")
    def fingerprint(self, version: Version) -> str:
        return version.digest[:12]


@admin.register(VersionItem)
class VersionItemAdmin(History):
    list_display = ("version", "position", "split", "prompt_id", "pair_id")
    list_filter = ("split",)
    list_select_related = ("version",)
    fields = ("version", "position", "split", "record")
    search_fields = ("version__name",)
    search_help_text = "The version's name"
