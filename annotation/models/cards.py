"""What a judge's judgments showed when they were last counted."""

from django.db import models

from annotation.models.authors import Author
from studio.projects.rows import Rows, its_project


class JudgeCard(models.Model):
    """The figures of one judge version, kept so that lists of judges need not count again.

    Nothing here is a fact of its own: `cards.cache` makes it anew whenever judgments came since. The columns are
    what lists sort by; `figures` is the whole card.
    """

    project = its_project()
    author = models.OneToOneField(Author, on_delete=models.CASCADE, related_name="card")
    agreement = models.FloatField(null=True, help_text="With people, ties counted.")
    consistency = models.FloatField(null=True, help_text="The same verdict in both orders.")
    first_position = models.FloatField(null=True, help_text="How often the response shown first wins.")
    longer = models.FloatField(null=True, help_text="How often the clearly longer response wins.")
    failed = models.FloatField(null=True, help_text="The share of pairs without a verdict.")
    per_thousand = models.FloatField(null=True, help_text="US dollars for a thousand pairs.")
    n_judged = models.PositiveIntegerField(default=0)
    figures = models.JSONField()
    newest = models.BigIntegerField(help_text="The judge's newest judgment that was counted.")
    newest_of_people = models.BigIntegerField(help_text="The newest judgment by a person or a gold label, likewise.")
    made_at = models.DateTimeField()

    objects = Rows["JudgeCard"]()

    def __str__(self) -> str:
        return f"card of {self.author}"
