"""Keys of endpoints: from the environment by name, or kept encrypted. Never shown, and in no error."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from annotation.models import Endpoint
from studio import environment

PURPOSE = b"xwin studio: keys of endpoints"
# A server of one's own needs none, and the client insists on one.
NONE_NEEDED = "none"


class KeyUnreadable(Exception):
    """An endpoint's key cannot be had; says the endpoint's name and the remedy."""


def seal(key: str) -> bytes:
    return cipher().encrypt(key.encode())


def key_of(endpoint: Endpoint) -> str:
    """Raises KeyUnreadable."""
    if endpoint.key_variable:
        return from_environment(endpoint)
    if endpoint.encrypted_key is None:
        return NONE_NEEDED
    try:
        return cipher().decrypt(bytes(endpoint.encrypted_key)).decode()
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


def cipher() -> Fernet:
    """Its key comes of the studio's secret by HKDF (RFC 5869), for this purpose only."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
