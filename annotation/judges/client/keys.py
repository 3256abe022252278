"""Keys of endpoints: from the environment by name, or kept encrypted. Never shown, and in no error."""

from cryptography.fernet import InvalidToken

from annotation.models import Endpoint
from studio import environment
from studio.cipher import cipher

PURPOSE = b"xwin studio: keys of endpoints"
# Your own server needs none, and the client insists on one.
NONE_NEEDED = "none"


class KeyUnreadable(Exception):
    """An endpoint's key cannot be had; says the endpoint's name and the remedy."""


def seal(key: str) -> bytes:
    return cipher(PURPOSE).encrypt(key.encode())


def key_of(endpoint: Endpoint) -> str:
    """Raises KeyUnreadable."""
    if endpoint.key_variable:
        return from_environment(endpoint)
    if endpoint.encrypted_key is None:
        return NONE_NEEDED
    try:
        return cipher(PURPOSE).decrypt(bytes(endpoint.encrypted_key)).decode()
    except InvalidToken:
        raise KeyUnreadable(
            f"The key of the endpoint {endpoint.name} cannot be read: STUDIO_SECRET_KEY has changed. Enter it again."
        ) from None


def from_environment(endpoint: Endpoint) -> str:
    try:
        key = environment.secret(endpoint.key_variable, "")
    except OSError:
        key = ""
    if not key:
        name = endpoint.key_variable
        raise KeyUnreadable(
            f"The endpoint {endpoint.name} has no key: set {name} or {name}_FILE and start the studio again."
        )
    return key
