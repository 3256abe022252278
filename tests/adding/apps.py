"""The rows are in the tables before any page, endpoint or command asks for them."""

from django.apps import AppConfig


class AddingConfig(AppConfig):
    name = "tests.adding"

    def ready(self) -> None:
        from tests.adding import rows

        rows.add()
