"""Code that a checkpoint brings runs only as an admin saw and allowed it."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from studio.accounts.models import AuditEntry, User
from training.checkpoints import remote_code
from training.checkpoints.remote_code import RemoteCodeRefused
from training.models import Checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "modeling_new.py").write_text("class New: ...")
    (tmp_path / "config.json").write_bytes(msgspec.json.encode({"auto_map": {"AutoModel": "modeling_new.New"}}))
    return tmp_path


@pytest.fixture
def own(make_checkpoint: Callable[..., Checkpoint], folder: Path) -> Checkpoint:
    checkpoint = make_checkpoint("own")
    Checkpoint.objects.filter(pk=checkpoint.pk).update(path=str(folder))
    checkpoint.refresh_from_db()
    return checkpoint


def test_it_runs_nowhere_until_it_is_allowed(own: Checkpoint, ada: User) -> None:
    assert not remote_code.is_allowed(own)
    remote_code.allow(own, ada)
    own.refresh_from_db()
    assert remote_code.is_allowed(own)
    assert (own.code_allowed_by, list(own.code_allowed)) == (ada, ["modeling_new.py"])


def test_both_acts_are_on_record(own: Checkpoint, ada: User) -> None:
    remote_code.allow(own, ada)
    for _ in range(2):
        remote_code.forbid(own, ada)
    own.refresh_from_db()
    assert not remote_code.is_allowed(own)
    said = list(AuditEntry.objects.order_by("pk").values_list("words", flat=True))
    assert said == [
        "ada allowed the checkpoint own to run its own code: modeling_new.py",
        "ada forbade the code of the checkpoint own",
    ]


@pytest.mark.parametrize("name", ["modeling_new.py", "more/hidden.py"])
def test_what_changed_or_came_since_does_not_run(own: Checkpoint, ada: User, folder: Path, name: str) -> None:
    remote_code.allow(own, ada)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("import os")
    assert not remote_code.is_allowed(own)


def test_new_weights_with_the_same_files_inherit_it_and_with_others_do_not(
    own: Checkpoint, ada: User, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    remote_code.allow(own, ada)
    made = tmp_path_factory.mktemp("made")
    assert remote_code.inherited(own, made) == {}
    (made / "modeling_new.py").write_bytes((folder / "modeling_new.py").read_bytes())
    assert remote_code.inherited(own, made) == own.code_allowed
    (made / "another.py").touch()
    assert remote_code.inherited(own, made) == remote_code.inherited(None, made) == {}


def test_of_several_checkpoints_all_run_their_code_or_none(
    own: Checkpoint, ada: User, make_checkpoint: Callable[..., Checkpoint], tmp_path_factory: pytest.TempPathFactory
) -> None:
    plain, other = make_checkpoint("plain"), make_checkpoint("other")
    other.path = str(tmp_path_factory.mktemp("other"))
    (other.folder / "theirs.py").touch()
    remote_code.allow(own, ada)
    assert remote_code.may_run(own, plain)
    assert not remote_code.may_run(own, other)
    assert not remote_code.may_run(plain)


def test_what_nobody_could_look_at_is_refused(own: Checkpoint, ada: User, folder: Path) -> None:
    named = {"AutoModel": "modeling_new.New", "AutoTokenizer": [None, "acme/elsewhere--tokens.Fast"]}
    (folder / "config.json").write_bytes(msgspec.json.encode({"auto_map": named}))
    with pytest.raises(RemoteCodeRefused, match="code of another repository .acme/elsewhere--tokens.Fast"):
        remote_code.allow(own, ada)


def test_without_code_there_is_nothing_to_allow(own: Checkpoint, ada: User, folder: Path) -> None:
    (folder / "modeling_new.py").unlink()
    with pytest.raises(RemoteCodeRefused, match="nothing to allow"):
        remote_code.allow(own, ada)


def test_a_shared_checkpoint_is_allowed_where_it_belongs(
    own: Checkpoint, ada: User, make_checkpoint: Callable[..., Checkpoint]
) -> None:
    copy = make_checkpoint("copy", original=own, shared_by="Tests")
    copy.path = own.path
    with pytest.raises(RemoteCodeRefused, match="shared by Tests"):
        remote_code.allow(copy, ada)
    remote_code.allow(own, ada)
    assert remote_code.is_allowed(copy)
