"""The defaults of a project: who changes them, and what is refused."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from annotation.models import ProjectDefaults
from studio.accounts.models import AuditEntry, User
from studio.projects.models import Project
from studio.projects.scope import inside
from training import project_defaults as defaults
from training.models import TrainingDefaults

pytestmark = pytest.mark.django_db
NONE: dict[str, object] = {"guidelines": "", "overlap": 1, "judge": "", "template": ""}
NONE |= {"budget": None, "monthly_budget": None, "keep_raw_days": None}


def test_a_lead_changes_them_and_the_record_says_from_what_to_what(lea: User) -> None:
    assert defaults.change(lea, {"judge": "xwin_pair", "overlap": 2, "guidelines": "Be fair."}) == [
        "guidelines",
        "overlap",
        "judge",
    ]
    words = AuditEntry.objects.get().words
    assert words == "lea changed the defaults: guidelines, overlap from 1 to 2, judge from none to xwin_pair"


def test_what_is_as_it_was_is_no_change_and_leaves_no_trace(lea: User) -> None:
    assert defaults.change(lea, {"overlap": 1, "template": ""}) == []
    assert not AuditEntry.objects.exists() and not ProjectDefaults.objects.exists()


def test_nobody_chooses_for_others_what_they_may_not_do_themselves(lea: User, eli: User) -> None:
    with pytest.raises(PermissionDenied, match="The default template needs the right to train"):
        defaults.change(lea, {"template": "vicuna", "overlap": 4})
    assert defaults.current()["overlap"] == 1
    assert defaults.change(eli, {"template": "vicuna"}) == ["template"]


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_kept(lea: User) -> None:
    with pytest.raises(ValidationError) as refused:
        defaults.change(lea, {"overlap": 0, "judge": "nobody"})
    assert refused.value.message_dict.keys() == {"overlap", "judge"}
    assert "There is no judge 'nobody'" in refused.value.message_dict["judge"][0]
    assert defaults.current()["overlap"] == 1


def test_a_judge_that_was_withdrawn_since_holds_up_no_other_default(lea: User) -> None:
    ProjectDefaults.objects.create(judge="long-gone")
    assert defaults.change(lea, {"judge": "long-gone", "overlap": 2}) == ["overlap"]


def test_those_of_another_project_are_not_seen(lea: User) -> None:
    with inside(Project.objects.create(slug="other", name="Other").pk):
        ProjectDefaults.objects.create(judge="rubric_one")
        TrainingDefaults.objects.create(template="xverse")
    assert defaults.current() == NONE
