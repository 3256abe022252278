"""The page that imports what AlpacaEval's length control needs."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from studio.accounts.models import User
from tests.annotation.making import prompt
from training.models import LengthInputs

URL = "/prompts/collections/a-collection/length-control/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(signed_in: Callable[[User], Client], lea: User) -> Client:
    prompt("Name a prime.")
    return signed_in(lea)


def sent(client: Client, what: str, text: str, name: str = "given.csv") -> str:
    file = SimpleUploadedFile(name, text.encode())
    return client.post(URL, {"what": what, "file": file}, follow=True).content.decode()


def test_difficulty_is_taken_and_shown(lead: Client) -> None:
    html = sent(lead, "difficulty", "instruction,instruction_difficulty\nName a prime.,0.5\nElse,1\n")
    assert "Difficulty is known for 1 of 1 question. Rows of the file that are of no question here: 1." in html
    assert "from given.csv" in html


def test_gamed_baselines_are_taken(lead: Client) -> None:
    assert "Games of the gamed baselines: 1." in sent(
        lead, "gamed", "std_delta_len,instruction_difficulty,preference\n1,0,0.5\n"
    )
    assert LengthInputs.objects.get().gamed == [[1.0, 0.0, 0.5]]


@pytest.mark.parametrize(
    ("text", "name", "problem"),
    [
        ("instruction,instruction_difficulty\nName a prime.,much\n", "given.csv", "given.csv, line 2"),
        ("index,instruction_difficulty\n0,1\n1,1\n", "given.csv", "places would shift"),
        ("x", "given.exe", "Give a file that ends in .csv"),
    ],
)
def test_a_fault_stands_at_the_file_by_its_own_name(lead: Client, text: str, name: str, problem: str) -> None:
    html = sent(lead, "difficulty", text, name)
    assert problem in html
    assert "/tmp" not in html
    assert not LengthInputs.objects.exists()


def test_others_are_sent_away(signed_in: Callable[[User], Client], ann: User, outsider: Client) -> None:
    prompt("Name a prime.")
    assert outsider.get(URL).status_code == 302
    assert signed_in(ann).get(URL).status_code == 403
