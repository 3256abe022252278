"""Who is signed in on the pages of training, and what they train on."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Version
from studio.accounts.models import User
from tests.annotation.making import prompt
from tests.frontend.machines import version


@pytest.fixture
def engineer(signed_in: Callable[[User], Client], eli: User) -> Client:
    return signed_in(eli)


@pytest.fixture
def pairs() -> Version:
    return version([prompt("One?"), prompt("Two?")], "preferences", "votes")
