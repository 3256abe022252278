"""Who may do what: four roles, each a set of capabilities."""

from enum import StrEnum

from django.db import models


class Capability(StrEnum):
    ANNOTATE = "annotate"
    READ_DATA = "read data"
    MANAGE_DATA = "manage data"
    MANAGE_PEOPLE = "manage people"
    RUN_JUDGES = "run judges"
    USE_MODELS = "use models"
    TRAIN = "train"
    ADMINISTER = "administer"


class Role(models.TextChoices):
    ANNOTATOR = "annotator"
    LEAD = "lead"
    ENGINEER = "engineer"
    ADMIN = "admin"

    @classmethod
    def of_members(cls) -> list[tuple[str, str]]:
        """As choices: an admin stands above projects."""
        return [(role.value, role.label) for role in cls if role != cls.ADMIN]

    @property
    def capabilities(self) -> frozenset[Capability]:
        return CAPABILITIES[self]

    @property
    def may(self) -> str:
        """In one sentence."""
        return SENTENCES[self]

    @property
    def invites(self) -> tuple["Role", ...]:
        """The roles that they may invite others to."""
        if Capability.ADMINISTER in self.capabilities:
            return tuple(Role)
        return (Role.ANNOTATOR, Role.LEAD) if Capability.MANAGE_PEOPLE in self.capabilities else ()


LEADING = frozenset(
    {
        Capability.ANNOTATE,
        Capability.READ_DATA,
        Capability.MANAGE_DATA,
        Capability.MANAGE_PEOPLE,
        Capability.RUN_JUDGES,
        Capability.USE_MODELS,
    }
)
CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ANNOTATOR: frozenset({Capability.ANNOTATE}),
    Role.LEAD: LEADING,
    Role.ENGINEER: LEADING | {Capability.TRAIN},
    Role.ADMIN: frozenset(Capability),
}
SENTENCES: dict[Role, str] = {
    Role.ANNOTATOR: "Judges the pairs that wait for them, and sees their own judgments.",
    Role.LEAD: "Judges, reads and imports data, sends it to people and judges, freezes versions and invites people.",
    Role.ENGINEER: "Does what a lead does, and trains and evaluates models.",
    Role.ADMIN: "Does everything: also changes roles, manages endpoints and uses the admin site.",
}
