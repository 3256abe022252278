"""Where judges are asked: OpenAI-compatible endpoints, each with its key and its limits."""

from django.db import models


class Endpoint(models.Model):
    """One address with one key. Endpoints of the same pool share a judge's questions between them.

    The key is either the name of an environment variable or kept encrypted; it is never shown.
    """

    name = models.SlugField(max_length=80, unique=True)
    pool = models.SlugField(max_length=80, default="default", help_text="What a judge names as its endpoint.")
    base_url = models.URLField(max_length=500)
    key_variable = models.CharField(max_length=80, blank=True, help_text="The environment variable with the key.")
    encrypted_key = models.BinaryField(null=True, editable=False)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the endpoint says.")
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the endpoint says.")
    in_flight = models.PositiveIntegerField(default=64, help_text="Questions under way at once.")
    allow_private = models.BooleanField(
        default=False, help_text="It may lie on a private address, such as a server of your own network."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["pool"], name="endpoint_by_pool")]

    def __str__(self) -> str:
        return self.name
