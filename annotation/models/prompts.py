"""Prompts and the collections that hold them."""

import hashlib
from typing import Any, Self, TypedDict

import orjson
from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from annotation.models.authors import Author
from annotation.models.defaults import default_guidelines, default_overlap
from annotation.models.text_search import indexed, searching
from studio.projects.rows import Rows, its_project


class Message(TypedDict):
    """One turn in OpenAI's form: role is system, user, assistant or tool."""

    role: str
    content: str


class Collection(models.Model):
    """A set of prompts with its guidelines and the number of judgments wanted for each of its pairs."""

    project = its_project()
    slug = models.SlugField()
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    source = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=80, blank=True)
    guidelines = models.TextField(blank=True, default=default_guidelines)
    overlap = models.PositiveSmallIntegerField(
        default=default_overlap, help_text="Judgments wanted from people for each pair."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Rows["Collection"]()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="collection_once_in_project")]

    def __str__(self) -> str:
        return self.name


class PromptQuerySet(models.QuerySet["Prompt"]):
    """The words in which prompts are asked for."""

    def matching(self, words: str) -> Self:
        """Prompts that have the words, in the syntax of web search: `"as one phrase"`, `or`, `-without`."""
        return self.filter(search=searching(words))

    def answered_by(self, author: Author) -> Self:
        """Prompts to which `author` wrote a response."""
        return self.filter(models.Exists(author.responses.filter(prompt=models.OuterRef("pk"))))


class Prompt(models.Model):
    """A conversation that ends in a user's turn and waits for a response."""

    project = its_project()
    # Its own index would be taken for `prompt_once_in_collection` while a new collection fills, and read whole.
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, related_name="prompts", db_index=False)
    messages = models.JSONField()
    digest = models.CharField(max_length=64, editable=False)
    text = models.TextField(editable=False)
    category = models.CharField(max_length=80, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    search = models.GeneratedField(
        expression=indexed("text"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = Rows.from_queryset(PromptQuerySet)()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "digest"], name="prompt_once_in_collection")]
        indexes = [
            GinIndex(fields=["search"], name="prompt_search"),
            models.Index(fields=["project", "-id"], name="prompt_by_project"),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.project_id = self.collection.project_id
        self.digest = digest(self.messages)
        self.text = flatten(self.messages)
        super().save(*args, **kwargs)


def digest(messages: list[Message]) -> str:
    """SHA-256, in hex, of the conversation's canonical JSON: the identity of a prompt within its collection."""
    canonical = [{"content": message["content"], "role": message["role"]} for message in messages]
    return hashlib.sha256(orjson.dumps(canonical)).hexdigest()


def flatten(messages: list[Message]) -> str:
    """The turns as one text for lists and search; a single user turn stands alone."""
    if len(messages) == 1:
        return messages[0]["content"]
    return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)
