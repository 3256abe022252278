"""Where judges are asked: OpenAI-compatible endpoints, each with its key and its limits."""

from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q

from annotation.models.keeping import Kept, KeptQuerySet
from studio.ssrf import AddressRefused, check_literal, origin

# No other variable of the studio can be sent to an address by naming it here.
KEY_VARIABLE = RegexValidator(
    r"^(?!STUDIO_|DJANGO_|AWS_)[A-Z][A-Z0-9_]*_(KEY|TOKEN)$",
    "Give the name of a variable in capitals that ends in _KEY or _TOKEN, such as EAST_API_KEY.",
)


def plain_url(url: str) -> None:
    """Raises ValidationError where a URL says more than where to ask, or its port is none."""
    try:
        parts = urlsplit(url)
        origin(url)
    except ValueError as wrong:
        raise ValidationError(f"{wrong}.") from wrong
    if not parts.netloc.isascii():
        raise ValidationError("Write the host's name in ASCII, such as xn--exmple-cua.com for exämple.com.")
    if "@" in parts.netloc:
        raise ValidationError("Leave the name and password out: the key says who asks.")
    if "#" in url or "?" in url:
        raise ValidationError("End it with the path: leave out what begins with # or ?.")


class Endpoint(Kept):
    """One address with one key. Endpoints of the same pool share a judge's questions between them.

    The key is either in an environment variable, named here, or kept encrypted; it is never shown.
    """

    NOUN = "endpoint"

    name = models.SlugField(max_length=80, unique=True)
    pool = models.SlugField(max_length=80, default="default", help_text="What a judge names as its endpoint.")
    base_url = models.CharField(
        max_length=500,
        validators=[URLValidator(["http", "https"]), plain_url],
        help_text="Such as https://api.openai.com/v1.",
    )
    key_variable = models.CharField(
        max_length=80, blank=True, validators=[KEY_VARIABLE], help_text="The environment variable with the key."
    )
    encrypted_key = models.BinaryField(null=True, editable=False)
    requests_per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the endpoint says.")
    tokens_per_minute = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as the endpoint says.")
    in_flight = models.PositiveIntegerField(default=64, help_text="Questions under way at once.")
    batch_share = models.FloatField(default=0.5, help_text="What a question in a batch costs of the judge's price.")
    allow_private = models.BooleanField(
        default=False, help_text="It may lie on a private address, such as a server of your own network."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(in_flight__gte=1, in_flight__lte=2000), name="endpoint_has_seats"),
            models.CheckConstraint(condition=Q(batch_share__gte=0, batch_share__lte=1), name="endpoint_batch_share"),
            models.CheckConstraint(condition=Q(key_variable="") | Q(encrypted_key=None), name="endpoint_one_key"),
        ]
        indexes = [models.Index(fields=["pool"], name="endpoint_by_pool")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What its address must be; a name is looked up only when it is connected to."""
        if self.allow_private:
            return
        try:
            parts = urlsplit(self.base_url)
        except ValueError:
            return  # The field's own validators say what is wrong.
        if parts.scheme != "https":
            raise ValidationError({"base_url": "Use https, or allow a private address for a server of your own."})
        try:
            check_literal(parts.hostname or "")
        except AddressRefused as refused:
            raise ValidationError({"base_url": f"{refused} Allow private addresses if it is your own."}) from refused

    @property
    def key_kept(self) -> str:
        """Where its key is, in a word; never the key."""
        if self.key_variable:
            return "variable"
        return "encrypted" if self.encrypted_key else "none"

    def needs_key_again(self, base_url: str) -> bool:
        """A kept key goes to the scheme, host and port that it was entered for and to no other."""
        return self.encrypted_key is not None and origin(base_url) != origin(self.base_url)
