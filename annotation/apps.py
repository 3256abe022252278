from django.apps import AppConfig


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Data and review"

    def ready(self) -> None:
        from annotation.datasets import shares  # noqa: F401  # It hears which project is erased.
        from annotation.review import leaving  # noqa: F401  # It hears who leaves; models are not there before.
