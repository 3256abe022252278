import pytest
from msgspec.structs import replace

from annotation.judges.config.description import Judge, JudgeInvalid
from annotation.models import Author

JUDGE = Judge(
    title="Mine", says="It judges.", version=1, protocol="pairwise", name="mine", model="small", user="{conversation}"
)

pytestmark = pytest.mark.django_db


def test_another_version_model_or_turn_is_another_author() -> None:
    first = JUDGE.author
    assert (first.kind, first.name) == ("judge", "mine v1 · small")
    names = [replace(JUDGE, **change).author.name for change in ({"version": 2}, {"model": "big"}, {"turn": 2})]
    assert names == ["mine v2 · small", "mine v1 · big", "mine v1 · small · turn 2"]
    assert JUDGE.author == first


def test_the_author_keeps_all_that_decides_an_answer() -> None:
    details = replace(JUDGE, seed=7, samples=3, settings={"temperature": 1}).author.details
    assert details["judge"] == "mine" and details["digest"]
    kept = {name: details[name] for name in ("protocol", "model", "settings", "seed", "samples", "user")}
    assert kept == {
        "protocol": "pairwise",
        "model": "small",
        "settings": {"temperature": 1},
        "seed": 7,
        "samples": 3,
        "user": "{conversation}",
    }


def test_a_changed_text_without_a_new_version_is_refused_with_the_remedy() -> None:
    first = JUDGE.author
    changed = replace(JUDGE, user="{conversation} Be kind.", seed=1)
    with pytest.raises(JudgeInvalid, match=r"mine: seed, user changed since mine v1 · small judged.*version: 2"):
        _ = changed.author
    assert replace(changed, version=2).author != first


def test_title_price_and_endpoint_decide_nothing() -> None:
    first = JUDGE.author
    assert replace(JUDGE, title="Ours", endpoint="other").author == first


def test_an_author_whose_judgments_came_from_a_file_is_taken_up() -> None:
    imported = Author.objects.create(kind="judge", name="published_one", details={"source": "a file"})
    assert replace(JUDGE, known_as="published_one").author == imported
    imported.refresh_from_db()
    assert imported.details["source"] == "a file" and imported.details["model"] == "small"
    with pytest.raises(JudgeInvalid, match="Put the published files back"):
        _ = replace(JUDGE, known_as="published_one", model="big").author
