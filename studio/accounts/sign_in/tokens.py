"""`Authorization: Bearer xw_…` for the API."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, NotFound, ParseError, PermissionDenied, Throttled
from rest_framework.request import Request

from studio.accounts.models import ApiToken, TokenEnded, User
from studio.accounts.scopes import SAFE_METHODS
from studio.accounts.sign_in.address_limits import UnknownTokens
from studio.projects import addresses
from studio.projects.scope import NOWHERE, enter


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            token = ApiToken.find(key.strip(), addresses.slug())
        except TokenEnded as ended:
            raise AuthenticationFailed(f"This token ended on {ended}. Make a new one under Settings.") from ended
        if token is None:
            slow = UnknownTokens()
            if not slow.allows(request):
                raise Throttled(slow.wait())
            raise AuthenticationFailed("This token is unknown or was revoked. Make a new one under Settings.")
        of_data = addresses.needs_a_project(request.path_info)
        if not token.project_id and not addresses.slug() and token.user.is_ambiguous and of_data:
            raise ParseError(addresses.AMBIGUOUS)
        place = token.place
        if token.project_id and place not in (token.project_id, NOWHERE):
            raise PermissionDenied(f"This token opens the project “{token.project}” only.")
        if addresses.slug() and place is NOWHERE:
            raise NotFound
        if token.user.placement.is_archived and request.method not in SAFE_METHODS and of_data:
            raise PermissionDenied(addresses.ARCHIVED)
        enter(place)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its registry is untyped
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
