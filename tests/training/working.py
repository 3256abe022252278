"""A run done as its worker would do it."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from studio.projects.scope import enter, here
from training.models import Run
from training.worker import execution


def executed(run: Run) -> Run:
    """The run at its end. In a thread of its own: a browser's event loop may have ours."""

    def execute() -> None:
        execution.execute(run.pk, "w1")
        connection.close()

    with ThreadPoolExecutor(1, initializer=enter, initargs=(here(),)) as worker:
        worker.submit(execute).result()
    run.refresh_from_db()
    return run
