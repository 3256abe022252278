"""The order in which an annotator sees a pair. Until the judgment nobody but the studio knows it.

Left is often the older model, so whoever knew which side is left would know the model.
"""

import time

from cryptography.fernet import InvalidToken
from django.utils.crypto import salted_hmac

from annotation.models import Pair, Shown
from studio.accounts.models import User
from studio.cipher import cipher

PURPOSE = b"xwin studio: the order in which a pair is shown"
# Verdicts that were given offline wait in a browser until it is online again.
VALID_DAYS = 30
# Of one length, or the length of the token would tell which of them it holds.
LETTERS = {Shown.LEFT_FIRST: "l", Shown.RIGHT_FIRST: "r"}
ORDERS = {letter: order for order, letter in LETTERS.items()}


class TokenInvalid(ValueError):
    """A token that says nothing about this pair and this person; says why, and what to do."""


def order_for(pair: Pair, user: User) -> Shown:
    """Chance between pairs and between annotators, the same each time; from the studio's secret."""
    drawn = salted_hmac("annotation.review.shown_order", f"{pair.pk} {user.pk}", algorithm="sha256").digest()
    return Shown.LEFT_FIRST if drawn[0] % 2 else Shown.RIGHT_FIRST


def as_seen(grade: int | None, order: str) -> int | None:
    """A grade of left and right as one of first and second, or back."""
    return -grade if grade and order == Shown.RIGHT_FIRST else grade


def token(pair: Pair, user: User, order: Shown) -> str:
    """For the page or the program that shows the pair: it goes back with the verdict and tells nothing before."""
    return cipher(PURPOSE).encrypt(f"{pair.pk} {user.pk} {LETTERS[order]}".encode()).decode()


def order_in(given: str, pair: Pair, user: User) -> Shown:
    """The order in which the pair was shown. Raises TokenInvalid."""
    of_pair, of_user, letter = opened(given).split()
    if of_user != str(user.pk):
        raise TokenInvalid("It was made for another person. Ask for the pair yourself and send your token.")
    if of_pair != str(pair.pk):
        raise TokenInvalid("It belongs to another pair. Send the token that came with this pair.")
    return ORDERS[letter]


def opened(given: str) -> str:
    fernet, sealed = cipher(PURPOSE), given.encode()
    try:
        said = fernet.decrypt(sealed).decode()
    except InvalidToken:
        raise TokenInvalid("It is no token of this studio. Send the one that came with the pair, unchanged.") from None
    if time.time() - fernet.extract_timestamp(sealed) > VALID_DAYS * 86_400:
        raise TokenInvalid(f"The pair was shown more than {VALID_DAYS} days ago. Open it again and judge it anew.")
    return said
