import re
import shlex
import subprocess
from pathlib import Path

import pytest

from studio.manage_command import manage

TEMPLATES = Path(__file__).parents[2] / "frontend" / "templates"
NAMES = [
    "plain",
    "my prompts",
    "wow!",
    "it's",
    'say "so"',
    "$HOME `date` \\",
    "-1",
    "--wait",
    "日本 語",
    "a;b&c|d",
    "#1",
]


def test_a_plain_command_stays_as_people_write_it() -> None:
    made = manage("import_data", "pairs", "pairs.jsonl", collection="my-pairs", dry_run=True, judge=None)
    assert made == "python manage.py import_data pairs pairs.jsonl --collection my-pairs --dry-run"


def test_a_list_repeats_its_option() -> None:
    assert manage("pair", "mine", author=["a b", "-c"], limit=[]) == (
        "python manage.py pair mine --author 'a b' --author=-c"
    )


@pytest.mark.parametrize("name", NAMES)
def test_bash_reads_every_name_as_it_is(name: str) -> None:
    made = manage("freeze", name, "preferences", "{}", collection=name)
    # An interactive bash, where `!` means the history.
    script = f"set -H; set -o history; history -s wow; python() {{ printf '%s\\0' \"$@\"; }}\n{made}\n"
    ran = subprocess.run(["bash", "--norc", "-i"], input=script.encode(), capture_output=True, check=False)
    read = ran.stdout.decode().split("\0")[:-1]
    assert read == shlex.split(made)[1:]
    assert name in read and (f"--collection={name}" in read or read.count(name) == 2)


def test_no_page_writes_a_command_by_itself() -> None:
    """Pages say `{% manage "freeze" … %}`, which quotes."""
    by_hand = re.compile(r"manage\.py")
    found = {str(path) for path in TEMPLATES.rglob("*.html") if by_hand.search(path.read_text(encoding="utf-8"))}
    assert not found


def test_a_zero_is_a_value_and_what_is_none_or_false_is_left_out() -> None:
    assert manage("freeze", seed=0, notes=None, dry_run=False) == "python manage.py freeze --seed 0"
