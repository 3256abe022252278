"""Responses to a prompt and the scores that reward models gave them."""

import hashlib
from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from annotation.models.authors import Author
from annotation.models.prompts import Prompt
from annotation.models.row_estimates import unindexed
from annotation.models.text_search import indexed, searching
from studio.projects.rows import Rows, its_project
from studio.words import counted


class ResponseQuerySet(models.QuerySet["Response"]):
    """The words in which responses are asked for."""

    def matching(self, words: str) -> Self:
        """Responses that have the words, in the syntax of web search."""
        return self.filter(search=searching(words))

    def scored_by(self, author: Author | int | None) -> Self:
        """Each with `score`, the raw logit that a reward model gave it; null where it gave none."""
        rater = author.pk if isinstance(author, Author) else author
        given = Score.objects.alias(by=unindexed("author")).filter(response=models.OuterRef("pk"), by=rater)
        return self.annotate(score=models.Subquery(given.values("value")[:1]))


class Response(models.Model):
    """What an author answered. The same text by the same author to the same prompt is one response."""

    project = its_project()
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="responses")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="responses")
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64, editable=False)
    length = models.PositiveIntegerField(editable=False, help_text="In characters.")
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    search = models.GeneratedField(
        expression=indexed("text"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = Rows.from_queryset(ResponseQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["prompt", "author", "digest"], name="response_once")]
        indexes = [
            GinIndex(fields=["search"], name="response_search"),
            models.Index(fields=["project", "length", "id"], name="response_by_length"),
            models.Index(fields=["project", "-id"], name="response_by_project"),
            # Who wrote a response, read without its text: for counts over all judgments.
            models.Index(fields=["id"], include=["author"], name="response_author"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.project_id = self.prompt.project_id
        self.digest = text_digest(self.text)
        self.length = len(self.text)
        super().save(*args, **kwargs)


class Score(models.Model):
    """What a reward model (its raw logit) or a judge (its points) gave to one response."""

    project = its_project()
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="scores")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="scores")
    value = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Score"]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "author"], name="score_once")]
        indexes = [
            models.Index(fields=["project", "-id"], name="score_by_project"),
            models.Index(fields=["author", "-value"], name="score_by_author"),
        ]

    def __str__(self) -> str:
        return f"{self.value:.3f}"


class ResponseStyle(models.Model):
    """How long and how marked up a text is, counted once: see `annotation.statistics.style_control`."""

    response = models.OneToOneField(Response, on_delete=models.CASCADE, primary_key=True, related_name="style")
    length = models.PositiveIntegerField(help_text="In words.")
    headers = models.PositiveIntegerField()
    lists = models.PositiveIntegerField()
    bold = models.PositiveIntegerField()

    def __str__(self) -> str:
        return counted(self.length, "word")


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
