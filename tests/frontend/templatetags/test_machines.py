"""Words of runs and of who may start them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from frontend.templatetags.machines import as_state, dollars, kind_words, may, pace, per_cent, plain, progress, took
from studio.accounts.roles import Role
from tests.conftest import somebody
from training.models import Run


def test_a_page_asks_what_its_reader_may() -> None:
    assert may(somebody(Role.ENGINEER), "train") and not may(somebody(Role.LEAD), "train")
    assert not may(AnonymousUser(), "annotate")
    with pytest.raises(ValueError, match="fly"):
        may(somebody(Role.ADMIN), "fly")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *((True, "yes"), (False, "no"), (12345, "12,345"), (0.123456, "0.1235"), (None, "None")),
        *(("as it is", "as it is"), (["sigmoid", 0.5], "sigmoid, 0.5")),
    ],
)
def test_a_figure_of_a_result_in_words(value: object, words: str) -> None:
    assert plain(value) == words


def test_what_is_not_known_is_a_dash() -> None:
    assert dollars(None) == per_cent(None) == took(Run()) == "–"
    assert per_cent(0.0417) == "4.2 %"


def test_a_judging_run_that_was_stopped_is_only_paused() -> None:
    assert as_state("cancelled", "judge") == "paused"
    assert as_state("cancelled", "sft") == "cancelled" and as_state("running", "judge") == "running"
    assert kind_words("keep_best") == "Keep the best"


def test_progress_tells_rate_and_time_left_only_while_it_goes_on() -> None:
    told: dict[str, Any] = {"done": 1312, "total": 8000, "unit": "steps", "rate": 4.1234, "eta_seconds": 120.0}
    assert progress(Run(state="running", **told)) == "1,312 of 8,000 steps · 4.12 a second · 2 min 00 s left"
    assert progress(Run(state="succeeded", **told)) == "1,312 of 8,000 steps"
    assert progress(Run(state="queued", done=0, total=0)) == "0 of 0 steps"


def test_what_a_program_measured_of_its_pace_is_said_in_one_line() -> None:
    measured = {"gpu_memory_gib": 41.23, "mfu": 0.384, "tokens_per_second": 2310.4, "loss": 1.2}
    assert pace(measured) == "2,310 tokens a second · 38% of the card’s peak (MFU) · 41.2 GiB of the card in use"
    assert pace({}) == ""


def test_how_long_it_has_run() -> None:
    run = Run(started_at=timezone.now() - timedelta(hours=1), worked_seconds=90.0)
    assert took(run) == "1 min 30 s"
