"""`Authorization: Bearer xw_…` for the API."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from studio.accounts.address_limits import UnknownTokens
from studio.accounts.models import ApiToken, TokenEnded, User


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            token = ApiToken.find(key.strip())
        except TokenEnded as ended:
            raise AuthenticationFailed(f"This token ended on {ended}. Make a new one under Settings.") from ended
        if token is None:
            slow = UnknownTokens()
            if not slow.allows(request):
                raise Throttled(slow.wait())
            raise AuthenticationFailed("This token is unknown or was revoked. Make a new one under Settings.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its registry is untyped
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
