"""Who has signed in, and in which project they are at work: one query for both."""

from asgiref.sync import sync_to_async
from django.contrib.auth.backends import ModelBackend

from studio.accounts.models import User
from studio.projects import addresses


class Backend(ModelBackend):
    """Name and password, as Django knows them."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.placed(addresses.slug()).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        # Their role is known from now on: an asynchronous view cannot ask for it.
        user.at_work = user.place(user.placed)  # type: ignore[attr-defined]  # an annotation
        return user

    async def aget_user(self, user_id: int) -> User | None:
        return await sync_to_async(self.get_user)(user_id)
