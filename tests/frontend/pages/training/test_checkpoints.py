"""The list of checkpoints, and one with its lineage."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from annotation.models import Version
from studio.accounts.models import User
from studio.projects.models import Project
from tests.annotation.making import prompt, response, score
from tests.frontend.counting import queries
from tests.frontend.machines import checkpoint, evaluation, run, version
from tests.frontend.markup import tight
from training.models import Checkpoint, RunVersion

SignIn = Callable[[User], Client]


def page(client: Client, path: str) -> str:
    found = client.get(path)
    assert found.status_code == 200
    return " ".join(found.content.decode().split())


def test_the_list_names_what_each_was_made_from(engineer: Client) -> None:
    base = checkpoint("base", parameters=512_384)
    checkpoint("fruit", base=base, run=run(name="The making"))
    html = page(engineer, "/checkpoints/")
    assert "The making" in html and "512.4k" in html and "registered" in html


def test_only_policies_can_be_chosen_for_comparing(engineer: Client) -> None:
    policy = checkpoint("policy")
    checkpoint("rater", "reward")
    html = page(engineer, "/checkpoints/")
    assert html.count('name="c"') == 1 and f'value="{policy.author_id}"' in html


def test_filters_and_sort(engineer: Client) -> None:
    checkpoint("policy")
    checkpoint("rater", "reward")
    assert "rater" not in page(engineer, "/checkpoints/?kind=policy")
    html = page(engineer, "/checkpoints/?sort=-name")
    assert html.index("rater") < html.index("policy</a>")


def test_queries_of_the_list_do_not_grow(engineer: Client) -> None:
    last = checkpoint("0")
    few = queries(engineer, "/checkpoints/")
    for number in range(1, 10):
        last = checkpoint(str(number), base=last, run=run())
    assert queries(engineer, "/checkpoints/") == few < 8


def test_one_shows_its_line_of_descent_both_ways(engineer: Client) -> None:
    making = run("dpo")
    data = version([prompt()], "preferences", "votes")
    RunVersion.objects.create(run=making, version=data, role="input", name="train")
    base = checkpoint("base")
    middle = checkpoint("middle", base=base, run=making)
    checkpoint("child", base=middle)
    html = tight(page(engineer, f"/checkpoints/{middle.pk}/"))
    assert html.index(">base<") < html.index("votes v1") < html.index('aria-current="true"') < html.index(">child<")


def test_queries_of_one_do_not_grow_with_its_children(engineer: Client) -> None:
    base = checkpoint("base")
    checkpoint("child 0", base=base, run=run(checkpoint=base))
    few = queries(engineer, f"/checkpoints/{base.pk}/")
    for number in range(1, 10):
        checkpoint(f"child {number}", base=base, run=run(checkpoint=base))
    assert queries(engineer, f"/checkpoints/{base.pk}/") == few < 16


def test_queries_of_one_do_not_grow_with_its_ancestors(engineer: Client) -> None:
    last = checkpoint("0", run=run())
    few = queries(engineer, f"/checkpoints/{last.pk}/")
    for number in range(1, 10):
        last = checkpoint(str(number), base=last, run=run())
    assert queries(engineer, f"/checkpoints/{last.pk}/") == few


def test_queries_of_one_do_not_grow_with_versions_that_are_elsewhere(engineer: Client) -> None:
    other, made = Project.objects.create(slug="other", name="Other"), run()
    last = checkpoint("last", base=checkpoint("base", run=run()), run=made)

    def asked(number: int) -> int:
        for n in range(number):
            data = version([prompt(f"{n} of {number}")], name=f"set {n} of {number}")
            RunVersion.objects.create(run=made, version=data, role="input", name=data.name)
        Version.objects.update(project=other)
        return queries(engineer, f"/checkpoints/{last.pk}/")

    assert asked(1) == asked(9)


def test_a_policy_says_what_it_answered_and_how_it_stands(engineer: Client) -> None:
    policy, asked = checkpoint("policy"), prompt()
    response(asked, "Four", by="policy")
    response(asked, "Seven!", by="policy")
    evaluation(policy, None, version([asked]), score=(7.5, 7.4, 7.6))
    html = page(engineer, f"/checkpoints/{policy.pk}/")
    assert "to 1 prompt" in html and "7.50" in html and f"/responses/?author={policy.author_id}" in html


def test_a_reward_model_says_what_it_scored(engineer: Client) -> None:
    rater = checkpoint("rater", "reward")
    score(response(prompt(), "Four"), 1.5, by="rater")
    html = page(engineer, f"/checkpoints/{rater.pk}/")
    assert "from 1.50 to 1.50" in html and f"/runs/new/score/?checkpoint={rater.pk}" in html


def test_the_size_of_weights_is_read_where_they_lie_here(engineer: Client, settings: Any, tmp_path: Path) -> None:
    settings.RUNS_DIR = tmp_path
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "model.safetensors").write_bytes(b"x" * 2048)
    # Django writes a no-break space, which `page` makes a plain one.
    assert "2.0 KB of weights" in page(engineer, f"/checkpoints/{checkpoint('here', path='here').pk}/")
    assert "not on this machine" in page(engineer, f"/checkpoints/{checkpoint('gone', path='gone').pk}/")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    return tmp_path


def test_an_admin_registers_a_model_by_its_folder(signed_in: SignIn, ada: User, weights: Path) -> None:
    given = {"name": "mine", "kind": "policy", "path": str(weights), "template": "own"}
    html = signed_in(ada).post("/checkpoints/new/", given, follow=True).content.decode()
    assert "mine is registered." in html and "registered from a folder" in html
    assert Checkpoint.objects.get().author.name == "mine"


def test_all_faults_of_a_folder_and_of_the_form_come_at_once(signed_in: SignIn, ada: User, tmp_path: Path) -> None:
    answer = signed_in(ada).post("/checkpoints/new/", {"path": str(tmp_path), "kind": "policy"})
    errors = answer.context["form"].errors
    assert answer.status_code == 422 and set(errors) == {"name", "template", "path"}
    assert len(errors["path"]) == 3 and not Checkpoint.objects.exists()


def test_pickles_are_refused_by_name(signed_in: SignIn, ada: User, weights: Path) -> None:
    (weights / "model.safetensors").rename(weights / "pytorch_model.bin")
    given = {"name": "mine", "kind": "policy", "path": str(weights), "template": "own"}
    answer = signed_in(ada).post("/checkpoints/new/", given)
    assert answer.status_code == 422 and not Checkpoint.objects.exists()
    assert "It holds pickles and no .safetensors" in answer.content.decode()


def test_an_admin_registers_a_model_in_the_admin_too(signed_in: SignIn, ada: User, weights: Path) -> None:
    given = {"name": "mine", "kind": "policy", "path": str(weights), "template": "own"}
    assert signed_in(ada).post("/admin/training/checkpoint/add/", given).status_code == 302
    assert Checkpoint.objects.get().author.kind == "model"
    refused = signed_in(ada).post("/admin/training/checkpoint/add/", given | {"name": "other", "path": "x"})
    assert "not an absolute path" in refused.content.decode()


def test_nobody_but_an_admin_registers_a_model(signed_in: SignIn, outsider: Client, eli: User, ada: User) -> None:
    assert outsider.get("/checkpoints/new/").headers["Location"].startswith("/sign-in/")
    assert signed_in(eli).get("/checkpoints/new/").status_code == 403
    assert "/checkpoints/new/" not in page(signed_in(eli), "/checkpoints/")
    assert "/checkpoints/new/" in page(signed_in(ada), "/checkpoints/")


def test_a_reward_model_shows_its_accuracy_and_what_choosing_by_it_gained(engineer: Client) -> None:
    held_out = {"n": 4, "accuracy": 0.75, "longer": 0.5, "majority": 0.5, "by_grade": {}}
    rater = checkpoint("rater", "reward", run=run("reward", result={"figures": {"held_out": held_out}}))
    scoring = run("score", checkpoint=rater)
    curve = [{"n": n, "score": n / 10, "prompts": 3, "error": 0.1} for n in (1, 2)]
    told = {"spec": {"outputs": {"scores": {"run": scoring.pk}}}, "result": {"figures": {"best_of_n": curve}}}
    run("keep_best", name="Keep the best", **told)
    html = page(engineer, f"/checkpoints/{rater.pk}/")
    assert "75.0 %" in html and html.count("data-n=") == 2 and "Keep the best" in html
    assert "Not evaluated yet" not in html


def test_a_reward_model_without_a_test_split_says_so(engineer: Client) -> None:
    assert "Not measured" in page(engineer, f"/checkpoints/{checkpoint('rater', 'reward').pk}/")


@pytest.fixture
def own(tmp_path: Path) -> Checkpoint:
    (tmp_path / "modeling_new.py").write_text("class New: ...")
    return checkpoint("own", path=str(tmp_path))


def test_an_admin_allows_its_code_and_forbids_it(signed_in: SignIn, ada: User, own: Checkpoint) -> None:
    admin, path = signed_in(ada), f"/checkpoints/{own.pk}/"
    assert "Programs do not run this code. An admin who has read it" in page(admin, path)
    admin.post(f"{path}code/", {"allow": "1"})
    assert "Programs run this code. ada allowed it" in page(admin, path)
    (own.folder / "modeling_new.py").write_text("import os")
    assert "it changed since ada allowed it" in page(admin, path)
    admin.post(f"{path}code/")
    assert "An admin who has read it" in page(admin, path)


def test_nobody_else_allows_code(engineer: Client, own: Checkpoint, client: Client) -> None:
    assert "Allow its code" not in page(engineer, f"/checkpoints/{own.pk}/")
    assert engineer.post(f"/checkpoints/{own.pk}/code/", {"allow": "1"}).status_code == 403
    assert client.post(f"/projects/tests/checkpoints/{own.pk}/code/", {"allow": "1"}).status_code == 302
    own.refresh_from_db()
    assert own.code_allowed == {}


def test_its_lineage_names_what_it_was_held_against(engineer: Client) -> None:
    base, against = checkpoint("base"), checkpoint("against")
    made = checkpoint("made", base=base, run=run(kind="dpo", checkpoint=base, reference=against))
    assert f'against <a href="/projects/tests/checkpoints/{against.pk}/">against</a>' in page(
        engineer, f"/checkpoints/{made.pk}/"
    )
