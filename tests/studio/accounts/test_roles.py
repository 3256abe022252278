"""Four roles, each of which may what the one before it may."""

import pytest

from studio.accounts.roles import CAPABILITIES, Capability, Role

ORDER = (Role.ANNOTATOR, Role.LEAD, Role.ENGINEER, Role.ADMIN)


def test_each_role_may_more_than_the_one_before() -> None:
    assert set(CAPABILITIES) == set(Role)
    for less, more in zip(ORDER, ORDER[1:], strict=False):
        assert less.capabilities < more.capabilities


@pytest.mark.parametrize(
    ("capability", "least"),
    [
        (Capability.ANNOTATE, Role.ANNOTATOR),
        (Capability.READ_DATA, Role.LEAD),
        (Capability.MANAGE_DATA, Role.LEAD),
        (Capability.MANAGE_PEOPLE, Role.LEAD),
        (Capability.TRAIN, Role.ENGINEER),
        (Capability.ADMINISTER, Role.ADMIN),
    ],
)
def test_a_right_begins_with_a_role(capability: Capability, least: Role) -> None:
    assert [role for role in ORDER if capability in role.capabilities] == list(ORDER[ORDER.index(least) :])


def test_a_lead_invites_annotators_and_leads_and_an_admin_all() -> None:
    assert Role.ANNOTATOR.invites == ()
    assert Role.LEAD.invites == Role.ENGINEER.invites == (Role.ANNOTATOR, Role.LEAD)
    assert Role.ADMIN.invites == ORDER


def test_each_role_says_in_one_sentence_what_it_may() -> None:
    assert all(role.may.endswith(".") and role.may.count(".") == 1 for role in Role)
