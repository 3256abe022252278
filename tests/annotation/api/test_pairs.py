from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import connection
from rest_framework.test import APIClient

from annotation.models import Pair
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, paired, prompt, response

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


def found(client: APIClient, **query: Any) -> set[int]:
    answer = client.get("/api/v1/pairs/", query)
    assert answer.status_code == 200, answer.json()
    return {row["id"] for row in answer.json()["results"]}


def test_a_pair_is_read_with_its_prompt_both_responses_and_current_judgments(lead: APIClient) -> None:
    made = pair("Name a prime.", "Four.", "Seven.")
    judge(made, 2, "gpt-4", rationale="Four is even.")
    body = lead.get(f"/api/v1/pairs/{made.pk}/").json()
    assert body["messages"] == [{"role": "user", "content": "Name a prime."}]
    assert (body["left"]["text"], body["right"]["author"]["name"]) == ("Four.", "other-model")
    assert (body["n_judgments"], body["mean_grade"]) == (1, 2.0)
    assert [(j["author"]["name"], j["grade"], j["rationale"]) for j in body["judgments"]] == [
        ("gpt-4", 2, "Four is even.")
    ]


def test_a_row_of_the_list_says_what_the_pair_itself_says(lead: APIClient) -> None:
    made = pair(category="maths")
    judge(made, 2)
    (row,) = lead.get("/api/v1/pairs/").json()["results"]
    whole = lead.get(f"/api/v1/pairs/{made.pk}/").json()
    assert whole.pop("judgments") and whole.pop("flags") == []
    assert row == whole


def test_pairs_are_found_by_collection_source_domain_and_prompt(lead: APIClient) -> None:
    one = pair("1", collection=collection("one"), category="maths")
    other = pair("2", collection=collection("other"), category="code")
    Pair.objects.filter(pk=one.pk).update(source="by hand")
    for query in ({"collection": "one"}, {"source": "by hand"}, {"domain": "maths"}, {"prompt": one.prompt_id}):
        assert found(lead, **query) == {one.pk}, query
    assert found(lead) == {one.pk, other.pk}


def test_pairs_are_found_by_words_of_the_prompt_and_of_either_response(lead: APIClient) -> None:
    one = pair("Tell me of walruses.", "They swim.", "They bark.")
    other = pair("Tell me of cats.", "They purr.", "They swim.")
    assert found(lead, q="walruses") == {one.pk}
    assert found(lead, q="purr") == {other.pk}
    assert found(lead, q="swim") == {one.pk, other.pk}
    assert found(lead, q="nothing of that") == set()


def test_pairs_are_found_by_who_wrote_and_who_judged(lead: APIClient) -> None:
    one, other = pair("1"), pair("2")
    response_by_a_third = response(other.prompt, "Two.", "third")
    third = paired(other.left, response_by_a_third)
    judge(one, 1, "gpt-4")
    judge(other, None, "claude")
    assert found(lead, author=author("third").pk) == {third.pk}
    assert found(lead, judge=author("gpt-4", "judge").pk) == {one.pk}
    assert found(lead, judged="yes") == {one.pk}
    assert found(lead, judged="no") == {other.pk, third.pk}


def test_pairs_are_found_by_grade_and_dispute(lead: APIClient) -> None:
    one, other = pair("1"), pair("2")
    judge(one, 3, "ann", "person")
    judge(other, -2, "ann", "person")
    judge(other, 1, "gpt-4")
    assert found(lead, grade_from=1) == {one.pk}
    assert found(lead, grade_to=0) == {other.pk}
    assert found(lead, opinion="disputed") == found(lead, opinion="people_against_judges") == {other.pk}


def test_pairs_are_found_by_whether_two_authors_agree(lead: APIClient) -> None:
    same, tied, against, failed, alone = (pair(f"{n}") for n in range(5))
    for made, by_ann, by_gpt in ((same, 3, 1), (tied, 0, 0), (against, 1, -1), (failed, 1, None)):
        judge(made, by_ann, "ann", "person")
        judge(made, by_gpt, "gpt-4")
    judge(alone, 1, "ann", "person")
    both = f"{author('ann', 'person').pk},{author('gpt-4', 'judge').pk}"
    assert found(lead, agree=both) == {same.pk, tied.pk}
    assert found(lead, disagree=both) == {against.pk}
    assert lead.get("/api/v1/pairs/", {"disagree": both.partition(",")[0]}).status_code == 400


def test_a_filter_that_means_nothing_is_named(lead: APIClient) -> None:
    answer = lead.get("/api/v1/pairs/", {"author": "nobody"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "author"


def test_two_responses_are_made_a_pair_once_in_either_order(lead: APIClient) -> None:
    of = prompt()
    one, other = response(of, "Four."), response(of, "Seven.")
    first = lead.post("/api/v1/pairs/", {"left": other.pk, "right": one.pk, "source": "script"})
    again = lead.post("/api/v1/pairs/", {"left": one.pk, "right": other.pk})
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["left"]["id"] == one.pk


def test_a_pair_that_is_deleted_at_that_very_moment_is_a_conflict(lead: APIClient) -> None:
    of = pair()

    def deleted(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        result = execute(sql, *given)
        if sql.lstrip().startswith("INSERT INTO annotation_pair"):
            Pair.objects.all().delete()
        return result

    asked = {"left": of.left_id, "right": of.right_id}
    with connection.execute_wrapper(deleted):
        refused = lead.post("/api/v1/pairs/", asked)
    assert refused.status_code == 409 and "Send the request again" in refused.json()["detail"]
    assert lead.post("/api/v1/pairs/", asked).status_code == 201


def test_responses_to_two_prompts_are_no_pair(lead: APIClient) -> None:
    one, other = response(prompt("1")), response(prompt("2"))
    for right in (one, other):
        answer = lead.post("/api/v1/pairs/", {"left": one.pk, "right": right.pk})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "right")
    assert not Pair.objects.exists()


def test_the_pairs_of_a_filter_leave_as_lines_that_can_be_imported(lead: APIClient) -> None:
    judge(pair("1", collection=collection("one")), 2)
    pair("2", collection=collection("other"))
    answer = lead.get("/api/v1/pairs/export/", {"collection": "one"})
    rows = [orjson.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]
    assert [row["judgments"][0]["grade"] for row in rows] == [2]
    assert answer["Content-Type"] == "application/jsonl"
