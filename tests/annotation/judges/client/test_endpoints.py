"""Whom a judge may ask: the endpoints of its pool, or the one that the environment names."""

from typing import Any

import pytest

from annotation.judges.client import endpoints, keys
from annotation.judges.client.calls import CallFailed, Fault
from annotation.judges.config.description import Judge
from annotation.models import Endpoint

pytestmark = pytest.mark.django_db

KEY = "sk-a-secret-that-must-stay-one"


def endpoint(**fields: Any) -> Endpoint:
    return Endpoint.objects.create(**({"name": "east", "base_url": "https://judges.example/v1"} | fields))


def test_whoever_prints_an_access_sees_no_key() -> None:
    assert KEY not in repr(endpoints.access(endpoint(encrypted_key=keys.seal(KEY))))


def test_a_pool_is_those_that_are_switched_on() -> None:
    endpoint(name="east")
    endpoint(name="west", is_active=False)
    endpoint(name="other", pool="other")
    there, reasons = endpoints.of_pool("default")
    assert [one.name for one in there] == ["east"] and not reasons


def test_one_without_its_key_is_left_out_and_says_why() -> None:
    endpoint(name="east", key_variable="EAST_API_KEY")
    endpoint(name="west")
    there, reasons = endpoints.of_pool("default")
    assert [one.name for one in there] == ["west"] and "EAST_API_KEY" in reasons[0]


def test_where_nobody_is_left_it_says_of_each_why() -> None:
    endpoint(name="east", key_variable="EAST_API_KEY")
    endpoint(name="west", key_variable="WEST_API_KEY")
    with pytest.raises(CallFailed, match="EAST_API_KEY.*WEST_API_KEY"):
        endpoints.of_pool("default")


def test_a_pool_that_is_switched_off_is_not_the_environments(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    endpoint(is_active=False)
    with pytest.raises(CallFailed, match="'default' has no endpoint that is switched on"):
        endpoints.of_pool("default")


def test_without_any_the_environment_names_one_for_the_default_pool_only(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    assert endpoints.of_pool("default")[0][0].key == KEY
    with pytest.raises(CallFailed, match="'other' has no endpoint"):
        endpoints.of_pool("other")


def judge(name: str = "one", **fields: Any) -> Judge:
    return Judge(title=name, says="It judges.", version=1, name=name, **({"protocol": "pairwise"} | fields))


def test_limits_and_price_of_an_endpoint_go_with_its_address() -> None:
    row = endpoint(requests_per_minute=60, tokens_per_minute=9_000, in_flight=3, batch_share=0.25, allow_private=True)
    access = endpoints.access(row)
    assert (access.requests_per_minute, access.tokens_per_minute) == (60, 9_000)
    assert (access.in_flight, access.batch_share, access.allow_private) == (3, 0.25, True)


def test_messages_name_an_endpoint_or_the_variables_of_the_environment(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    east, ours = endpoints.access(endpoint()), endpoints.from_environment()
    assert (str(east), east.key_from, east.address_from) == ("The endpoint east", "its key", "its address")
    assert (str(ours), ours.key_from, ours.address_from) == ("The endpoint", "OPENAI_API_KEY", "OPENAI_BASE_URL")


def test_without_rows_and_without_a_key_it_says_which_variable_to_set(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    with pytest.raises(CallFailed, match="set OPENAI_API_KEY") as caught:
        endpoints.of_pool("default")
    assert caught.value.fault is Fault.KEY and caught.value.stops


def test_the_environment_lies_wherever_its_owner_says(settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = KEY, "http://10.0.0.7/v1"
    settings.OPENAI_IN_FLIGHT = 5
    ours = endpoints.from_environment()
    assert (ours.base_url, ours.in_flight, ours.allow_private) == ("http://10.0.0.7/v1", 5, True)


def test_a_judge_of_an_empty_pool_has_a_fault_and_a_program_has_none(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    assert "set OPENAI_API_KEY" in endpoints.fault(judge())
    assert endpoints.fault(judge(protocol="program")) == ""
    endpoint()
    assert endpoints.fault(judge()) == ""


def test_each_judge_has_the_fault_of_its_own_pool() -> None:
    endpoint(pool="there")
    there, away = judge("there", endpoint="there"), judge("away", endpoint="away")
    found = endpoints.faults([there, away, judge("ours", endpoint="away", protocol="program")])
    assert (found["there"], found["ours"]) == ("", "")
    assert "'away' has no endpoint" in found["away"]


def test_the_faults_of_many_judges_of_one_pool_cost_one_query(django_assert_num_queries: Any) -> None:
    endpoint()
    with django_assert_num_queries(1):
        endpoints.faults([judge(f"judge-{number}") for number in range(10)])
