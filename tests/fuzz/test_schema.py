"""The API keeps to its OpenAPI schema, whoever asks: Schemathesis' checks of single requests, against the real app."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from studio.accounts.models import ApiToken
from studio.accounts.sign_in.address_limits import UnknownTokens
from tests.fuzz.conftest import People

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "3"))
# An outsider is refused before anything that was sent is read, and an annotator by most operations.
EXAMPLES_OF = {"ada": EXAMPLES, "ann": max(1, EXAMPLES * 2 // 3), "outsider": max(1, EXAMPLES // 5)}

# A schema has no word for "the id of a row that is there" nor for "as many as there are": such a request is refused.
REFUSED = ["2xx", "3xx", "400", "401", "403", "404", "409"]


@pytest.fixture
def contract(people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The schema, bound to the studio. Its requests share the test's transaction."""
    # One check sends unknown tokens by the hundred, to see them refused.
    monkeypatch.setattr(UnknownTokens, "rate", "1000000/min")
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    key = {"Authorization": f"Bearer {ApiToken.issue(people['ada'], 'reader')[1]}", "Host": "localhost"}
    checks = {"checks": {"positive_data_acceptance": {"expected-statuses": REFUSED}}}
    config = schemathesis.Config.from_dict(checks)
    app = get_wsgi_application()
    yield schemathesis.openapi.from_wsgi("/api/schema/?format=json", app, config=config, headers=key)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("who", ["ada", "ann", "outsider"])
def test_every_operation_keeps_to_the_schema(people: People, contract: Any, who: str) -> None:
    key = {"Authorization": f"Bearer {ApiToken.issue(people[who], 'fuzz')[1]}"} if who in people else {}
    faults: dict[str, str] = {}
    for operation in contract.get_all_operations():
        for mode in GenerationMode:
            attack(operation.ok(), mode, EXAMPLES_OF[who], {"Host": "localhost"} | key, faults)
    assert not faults, "\n".join(f"{fault}\n{said}" for fault, said in faults.items())


def attack(
    operation: Any, mode: GenerationMode, examples: int, headers: dict[str, str], faults: dict[str, str]
) -> None:
    """Some examples that fit the schema, or that do not; each is undone."""

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def ask(case: Any) -> None:
        # An empty parameter is one that is not given, which no schema can say.
        assume(all(value not in ("", [""], [], None) for value in (case.query or {}).values()))
        with transaction.atomic():
            try:
                case.call_and_validate(headers=headers)
            except FailureGroup as group:
                for failure in group.exceptions:
                    faults.setdefault(f"{operation.label}: {failure.title}", str(failure))
            transaction.set_rollback(True)

    try:
        ask()
    except Unsatisfiable:
        return  # Nothing can be sent that does not fit.
