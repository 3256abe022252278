"""Pairs that wait, and an annotator's browser in front of the first."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from annotation.models import Pair
from annotation.review import queue
from studio.accounts.models import User
from tests.annotation.making import pairs
from tests.e2e.reviewing import begun


@pytest.fixture
def queued() -> list[Pair]:
    made = pairs([(f"Question {n}: name a prime.", f"Four, {n}.", f"Seven, {n}.") for n in range(24)])
    queue.open_slots(Pair.objects.all())
    return made


@pytest.fixture
def reviewing(browse_as: Callable[[User], Page], ann: User, queued: list[Pair]) -> Page:
    return begun(browse_as(ann))
