"""People, invitations and the record by REST: what each role may, and what no token may."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from studio.accounts.acts import invitations
from studio.accounts.models import ApiToken, AuditEntry, Invitation, User
from studio.accounts.roles import Role

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
LISTS = ["/api/v1/people/", "/api/v1/invitations/", "/api/v1/audit/"]


def acts(person: User, invitation: Invitation) -> list[str]:
    by_person = [f"/api/v1/people/{person.pk}/{act}/" for act in ("activate", "deactivate", "role")]
    return [*by_person, f"/api/v1/invitations/{invitation.pk}/revoke/", "/api/v1/invitations/"]


def test_strangers_and_annotators_neither_read_nor_change(outsider: Client, api: Api, ann: User, ada: User) -> None:
    made, _ = invitations.invite(ada, Role.ANNOTATOR)
    rows = [f"/api/v1/people/{ann.pk}/", f"/api/v1/invitations/{made.pk}/"]
    for path in [*LISTS, *rows]:
        assert (outsider.get(path).status_code, api(ann).get(path).status_code) == (401, 403), path
    for path in acts(ann, made):
        assert (outsider.post(path).status_code, api(ann).post(path, {"role": "lead"}).status_code) == (401, 403), path
    assert AuditEntry.objects.count() == 1


def test_a_lead_does_what_leads_may_and_no_more(api: Api, lea: User, ann: User, eli: User, ada: User) -> None:
    other, _ = invitations.invite(ada, Role.ENGINEER)
    client = api(lea)
    assert client.post(f"/api/v1/people/{ann.pk}/deactivate/").json()["is_active"] is False
    assert client.post(f"/api/v1/people/{eli.pk}/deactivate/").status_code == 403
    assert client.post(f"/api/v1/people/{ann.pk}/role/", {"role": "lead"}).status_code == 403
    assert client.post("/api/v1/invitations/", {"role": "engineer"}).status_code == 403
    for path in (f"/api/v1/invitations/{other.pk}/", f"/api/v1/invitations/{other.pk}/revoke/"):
        assert client.get(path).status_code in {404, 405} and client.post(path).status_code in {404, 405}
    assert client.get("/api/v1/invitations/").json()["results"] == []


def test_an_invitation_is_made_with_its_link_once_and_revoked(api: Api, lea: User, outsider: Client) -> None:
    client = api(lea)
    made = client.post("/api/v1/invitations/", {"role": "lead", "uses": 2, "note": "Autumn"}).json()
    assert (made["uses"], made["used"], made["state"], made["made_by"]) == (2, 0, "open", "lea")
    assert re.fullmatch(r"http://testserver/join/[\w-]{43}/", made["link"])
    assert outsider.get(made["link"]).status_code == 200
    row = client.get(f"/api/v1/invitations/{made['id']}/").json()
    assert "link" not in row and "digest" not in row and row["joined"] == []
    assert client.post(f"/api/v1/invitations/{made['id']}/revoke/").json()["state"] == "revoked"
    assert outsider.get(made["link"]).status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"role": "x"}, {}, {"role": "lead", "uses": 0}, {"role": "lead", "ends_at": "2020-01-01T00:00:00Z"}]
)
def test_an_invitation_that_is_wrong_is_refused(api: Api, ada: User, wrong: dict[str, object]) -> None:
    assert api(ada).post("/api/v1/invitations/", wrong).status_code == 400
    assert not Invitation.objects.exists()


def test_an_admin_changes_roles_and_never_the_last_admins(api: Api, ada: User, ann: User) -> None:
    client = api(ada)
    assert client.post(f"/api/v1/people/{ann.pk}/role/", {"role": "engineer"}).json()["role"] == "engineer"
    for path in (f"/api/v1/people/{ada.pk}/deactivate/", f"/api/v1/people/{ada.pk}/role/"):
        assert client.post(path, {"role": "lead"}).status_code == 409
    assert client.get("/api/v1/audit/").json()["results"][0]["words"].startswith("ada changed the role of ann")


def test_a_token_reads_who_is_there_and_invites_and_changes_nobody(ada: User, ann: User) -> None:
    _, key = ApiToken.issue(ada, "script")
    client, bearer = APIClient(), {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/people/", headers=bearer).status_code == 200
    one = f"/api/v1/people/{ann.pk}/"
    for path in ("/api/v1/invitations/", f"{one}role/", f"{one}deactivate/", f"{one}activate/"):
        answer = client.post(path, {"role": "lead"}, format="json", headers=bearer)
        assert answer.status_code == 403 and "A token cannot do this" in answer.json()["detail"]
    assert User.objects.get(pk=ann.pk).role == Role.ANNOTATOR and not Invitation.objects.exists()


@pytest.mark.parametrize("path", LISTS)
def test_a_longer_list_takes_no_more_queries(api: Api, lea: User, path: str) -> None:
    def taken(first: int, last: int) -> int:
        for n in range(first, last):
            invitations.join(invitations.invite(lea, Role.ANNOTATOR)[0], User(username=f"nina{n}"))
        with CaptureQueriesContext(connection) as captured:
            assert api(lea).get(path).status_code == 200
        return len(captured)

    assert taken(0, 1) == taken(1, 10)
