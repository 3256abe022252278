"""Which code a process runs, as a digest that any change of a file changes."""

from pathlib import Path

import pytest

from studio.monitoring import version


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(version, "ROOT", tmp_path)
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "a.py").write_text("one = 1\n")
    return tmp_path


def now() -> str:
    version.code.cache_clear()
    found = version.code()
    version.code.cache_clear()
    return found


def test_a_changed_a_new_and_a_renamed_file_change_it(tree: Path) -> None:
    seen = [now()]
    (tree / "studio" / "a.py").write_text("one = 2\n")
    seen.append(now())
    (tree / "studio" / "b.py").write_text("")
    seen.append(now())
    (tree / "studio" / "b.py").rename(tree / "studio" / "c.py")
    seen.append(now())
    assert len(set(seen)) == 4


def test_what_is_no_code_of_ours_changes_nothing(tree: Path) -> None:
    before = now()
    (tree / "studio" / "notes.txt").write_text("x")
    (tree / "tests").mkdir()
    (tree / "tests" / "t.py").write_text("x = 1\n")
    assert now() == before and len(before) == 12


def test_a_process_keeps_the_digest_with_which_it_began(tree: Path) -> None:
    version.code.cache_clear()
    before = version.code()
    (tree / "studio" / "a.py").write_text("one = 3\n")
    assert version.code() == before
    version.code.cache_clear()
