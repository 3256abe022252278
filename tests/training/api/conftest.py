"""Nothing is sent: these tests are about what is asked and answered."""

import pytest

from training.runs import launching


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the runs whose messages were sent."""
    ids: list[int] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: ids.append(run.pk))
    return ids
