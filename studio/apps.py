from importlib import import_module

from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"

    def ready(self) -> None:
        # Tasks declared with `shared_task` find their application once it is made, in every process alike.
        import_module("studio.celery")
