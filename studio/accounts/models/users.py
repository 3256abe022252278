"""People: what they may do, in the project in which they are at work."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When

from studio import dates
from studio.accounts import scopes
from studio.accounts.models.memberships import Membership
from studio.accounts.placement import Placement, placement
from studio.accounts.roles import Capability, Role
from studio.accounts.scopes import Scope
from studio.projects.models import Project
from studio.projects.rows import IsHere
from studio.projects.scope import NOWHERE, one_here


class People(UserManager["User"]):
    def placed(self, slug: str = "") -> QuerySet["User"]:
        """Each with what `place` reads: see `studio.accounts.placement`."""
        return self.annotate(placed=placement(slug))

    def with_roles(self) -> QuerySet["User"]:
        """Everybody, with their role in the project at work as `role_here`: null for who is no member of it."""
        theirs = Membership.objects.filter(IsHere("project"), user=OuterRef("pk")).values("role")
        role = Case(When(is_superuser=True, then=Value(Role.ADMIN.value)), default=Subquery(theirs))
        return self.annotate(role_here=role)

    def here(self) -> QuerySet["User"]:
        """Members of the project at work, and admins."""
        return self.with_roles().exclude(role_here=None)  # type: ignore[misc]  # an annotation


class User(AbstractUser):
    """Somebody with an account. An admin is one in every project; all others have a role in each of theirs."""

    class Theme(models.TextChoices):
        SYSTEM = "", "As the system"
        LIGHT = "light"
        DARK = "dark"

    last_project = models.ForeignKey(Project, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    invitation = models.ForeignKey(
        "Invitation",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="admins",
        help_text="By which they became an admin. Members have theirs with their membership.",
    )
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM, blank=True)
    dates = models.CharField(
        "Dates and times",
        max_length=10,
        choices=dates.choices,
        default="",
        blank=True,
        help_text="Pages are in English, and so are their numbers: 4,812 and 63.2 %. Times are in UTC.",
    )
    single_keys = models.BooleanField(
        "Single-character keys",
        default=True,
        help_text="Letters, digits and signs, such as j, 1 and /, press buttons. Turn them off if you dictate or "
        "often press a key by mistake. Arrows, Enter and keys with Ctrl work all the same.",
    )

    objects: ClassVar[People] = People()

    # Of the token that this person's request came with; None where they signed in.
    token_scopes: frozenset[Scope] | None = None

    # Where they are at work; of an account that was not read for a request, nowhere.
    placement = Placement()
    at_work: int | None = NOWHERE

    def place(self, found: dict[str, Any] | None) -> int | None:
        """The project of a request, by what `placement` found; NOWHERE where they are no member of it."""
        if found is None:
            return NOWHERE
        self.placement = Placement(**found)
        role = self.roles[self.placement.project] = Role(self.placement.role) if self.placement.role else None
        return self.placement.project if self.is_superuser or role else NOWHERE

    def projects(self) -> QuerySet[Project]:
        """Those that they may enter."""
        return Project.objects.all() if self.is_admin else Project.objects.filter(memberships__user=self)

    def projects_to(self, capability: Capability) -> QuerySet[Project]:
        """Those in which they `can` do this."""
        if not self.is_active or not self.opens(capability):
            return Project.objects.none()
        if self.is_admin:
            return Project.objects.all()
        roles = [role for role in Role if capability in role.capabilities]
        return Project.objects.filter(memberships__user=self, memberships__role__in=roles)

    @property
    def is_ambiguous(self) -> bool:
        """Whether somebody who names no project may mean one of several."""
        return self.placement.n_projects > 1

    def remember(self, project: int) -> None:
        """That they were in this project last."""
        if self.last_project_id != project:
            User.objects.filter(pk=self.pk).update(last_project=project)

    @property
    def roles(self) -> dict[int | None, Role | None]:
        """Those that are known already, by project."""
        known: dict[int | None, Role | None] = self.__dict__.setdefault("_roles", {None: None})
        return known

    def forget_roles(self) -> None:
        """Others may have changed them."""
        self.__dict__.pop("_roles", None)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self.forget_roles()

    @property
    def role(self) -> Role | None:
        """In the project at work; None for who is no member of it. An admin is one everywhere."""
        if self.is_superuser:
            return Role.ADMIN
        project = one_here()
        if project not in self.roles:
            found = Membership.objects.filter(user=self.pk, project=project).values_list("role", flat=True).first()
            self.roles[project] = Role(found) if found else None
        return self.roles[project]

    @role.setter
    def role(self, role: Role) -> None:
        """As it counts until the account is read again: `people.change_role` keeps it."""
        self.is_superuser = self.is_staff = role == Role.ADMIN
        self.roles[one_here()] = role

    def holds(self, capability: Capability) -> bool:
        """Whether the role allows it."""
        return self.is_active and self.role is not None and capability in self.role.capabilities

    def can(self, capability: Capability) -> bool:
        """Whether the role allows it, and so does the token if the request came with one."""
        return self.holds(capability) and self.opens(capability)

    def opens(self, capability: Capability) -> bool:
        """Whether the token allows it, if the request came with one."""
        return self.token_scopes is None or scopes.OF.get(capability) in self.token_scopes

    def possible_scopes(self) -> list[Scope]:
        """Those that a token of this person can use: the role allows something that needs them."""
        useful = {Scope.READ} | {scope for capability, scope in scopes.OF.items() if self.holds(capability)}
        return [scope for scope in Scope if scope in useful]

    @property
    def is_admin(self) -> bool:
        return self.is_superuser

    @property
    def invites(self) -> tuple[Role, ...]:
        """The roles that this person may invite others to."""
        return self.role.invites if self.is_active and self.role else ()

    def manages(self, person: "User") -> bool:
        """Whether they may deactivate somebody and let them choose a new password.

        An admin may with all; a lead with annotators who work in no other project.
        """
        if self.can(Capability.ADMINISTER):
            return True
        below = person.role == Role.ANNOTATOR and not person.memberships.exclude(project=one_here()).exists()
        return self.can(Capability.MANAGE_PEOPLE) and below

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions, which its admin asks for: an admin has them all, by the role."""
        return self.can(Capability.ADMINISTER) or super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return self.can(Capability.ADMINISTER) or super().has_module_perms(app_label)

    def __str__(self) -> str:
        return self.get_full_name() or self.username
