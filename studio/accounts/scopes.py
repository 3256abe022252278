"""What an API token may do: a part of what its owner's role allows, never more."""

from django.db import models

from studio.accounts.roles import Capability

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Scope(models.TextChoices):
    READ = "read"
    WRITE = "write"
    ANNOTATE = "annotate"
    TRAIN = "train"
    USE_MODELS = "use_models", "Use models"

    @property
    def says(self) -> str:
        """What it allows, in a sentence."""
        return SENTENCES[self]


SENTENCES: dict[Scope, str] = {
    Scope.READ: "See and download what you can see: pairs, versions, runs, figures.",
    Scope.WRITE: "Add and change data: import files, make pairs, settle flags, freeze versions.",
    Scope.ANNOTATE: "Take pairs from your review queue, judge, skip and flag them as you.",
    Scope.TRAIN: "Launch, cancel and resume runs and recipes. Runs that ask a judge can cost money.",
    Scope.USE_MODELS: "Chat with a checkpoint, which uses the machine that serves models.",
}

# The scope that stands for each capability. Managing people has none: an account, such as one that an invitation
# makes, can do more than a token, and for longer. Nor has administering: an endpoint of somebody else's would be sent
# the studio's keys.
OF: dict[Capability, Scope] = {
    Capability.READ_DATA: Scope.READ,
    Capability.MANAGE_DATA: Scope.WRITE,
    Capability.ANNOTATE: Scope.ANNOTATE,
    Capability.RUN_JUDGES: Scope.TRAIN,
    Capability.TRAIN: Scope.TRAIN,
    Capability.USE_MODELS: Scope.USE_MODELS,
}


def needed(capability: Capability, method: str) -> Scope | None:
    """The scope of a request; None where no token may make it.

    Reading is always `read`, and nothing is changed by `read` alone.
    """
    if method in SAFE_METHODS:
        return Scope.READ
    return Scope.WRITE if capability == Capability.READ_DATA else OF.get(capability)
