"""Who may do what: four roles, each a set of capabilities."""

from enum import StrEnum

from django.db import models


class Capability(StrEnum):
    ANNOTATE = "annotate"
    READ_DATA = "read data"
    MANAGE_DATA = "manage data"
    TRAIN = "train"
    ADMINISTER = "administer"


class Role(models.TextChoices):
    ANNOTATOR = "annotator"
    LEAD = "lead"
    ENGINEER = "engineer"
    ADMIN = "admin"

    @property
    def capabilities(self) -> frozenset[Capability]:
        return CAPABILITIES[self]


DATA = frozenset({Capability.ANNOTATE, Capability.READ_DATA, Capability.MANAGE_DATA})
CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ANNOTATOR: frozenset({Capability.ANNOTATE}),
    Role.LEAD: DATA,
    Role.ENGINEER: DATA | {Capability.TRAIN},
    Role.ADMIN: frozenset(Capability),
}
