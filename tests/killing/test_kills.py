"""A whole studio of which a process is killed during each kind of work: nothing is lost or doubled.

Nor is an answer paid for twice by whose provider knows idempotency keys; of another, no more than the run says.
`KILL_SEED` draws other moments. `python -m tests.killing` kills every process, with a table of how soon each was
back; a row that failed is done again by its seed.
"""

import os
import subprocess
import sys

import orjson
import pytest

from studio.settings import ROOT

# Answers are paid for, so judging loses its own worker, and the database too.
KILLS = ("import:web", "judging:postgres", "judging:worker-judge", "sampling:program", "training:valkey")
SEED = os.environ.get("KILL_SEED", "23")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kill_loses_nothing_doubles_nothing_and_work_goes_on() -> None:
    command = [sys.executable, "-m", "tests.killing", *KILLS, "--seeds", SEED, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    rows = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == len(KILLS), done.stderr
    for row in rows:
        assert not row["faults"], row
        assert not row["twice_with_keys"], row
