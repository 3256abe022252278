"""Who wrote a response, gave a score or passed a judgment: people, models, reward models and judges alike.

A set for testing judges comes with labels that are taken as right: their author is of kind gold. So judges are held
against them as against people, and no person's figures are mixed with theirs.
"""

from typing import Any

from django.conf import settings
from django.db import models

from studio.projects.rows import Rows, its_project


class Author(models.Model):
    """One row for each person, model, reward model and judge of a project.

    A checkpoint of ours is an author of kind model or reward_model, so it shares every table and
    every statistic with people and with published models.
    """

    class Kind(models.TextChoices):
        PERSON = "person"
        MODEL = "model"
        REWARD_MODEL = "reward_model"
        JUDGE = "judge"
        GOLD = "gold"

    project = its_project()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="authors"
    )
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Author"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "name"], name="author_once"),
            models.UniqueConstraint(fields=["project", "user"], name="author_once_for_a_user"),
            models.CheckConstraint(
                condition=models.Q(user=None) | models.Q(kind="person"), name="author_user_is_person"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def of(cls, user: Any) -> "Author":
        """The author that stands for a user in the project at work, made at the first need.

        A file may have named this person before: the same name is the same person, as where the file comes later.
        """
        known = cls.objects.filter(user=user).first()
        if known is None:
            named = cls.objects.filter(kind=cls.Kind.PERSON, name=user.username)
            named.filter(user=None).update(user=user)
            # An account that had this name before keeps what it wrote under it.
            taken = named.exclude(user=user).exists()
            name = f"{user.username} ({user.pk})" if taken else user.username
            known, _ = cls.objects.get_or_create(user=user, defaults={"kind": cls.Kind.PERSON, "name": name})
        return known
