from importlib import import_module

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "training"

    def ready(self) -> None:
        # Tasks are asked for by name, so that who launches need not import who executes.
        import_module("training.tasks")
        # It hears which project is erased.
        import_module("training.runs.erased")
        import_module("training.checkpoints.shares")
        # It says which runs are in the way of a collection that moves.
        import_module("training.runs.moving")
