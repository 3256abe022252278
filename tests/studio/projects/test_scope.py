"""Who does not say where they work sees nothing, and who does sees what is there."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

from annotation.models import Collection
from studio.projects.scope import EVERYWHERE, NOWHERE, OutsideProjects, among, everywhere, here, inside, one_here


def test_code_that_does_not_say_where_it_works_is_refused() -> None:
    with inside(NOWHERE), pytest.raises(OutsideProjects, match=r"with inside\(project\)"):
        here()


@pytest.mark.django_db
def test_it_is_refused_by_every_table_of_projects_before_anything_is_read_or_written() -> None:
    with inside(NOWHERE):
        for act in (Collection.objects.count, Collection.objects.all().delete, Collection.objects.first):
            with pytest.raises(OutsideProjects):
                act()


def test_a_thread_that_says_nothing_is_refused() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(OutsideProjects):
        pool.submit(here).result()


def test_a_thread_with_the_context_of_who_starts_it_is_in_the_same_project() -> None:
    seen: list[int] = []
    with inside(7):
        thread = threading.Thread(target=copy_context().run, args=[lambda: seen.append(here())])
    thread.start()
    thread.join()
    assert seen == [7]


def test_one_project_within_another_ends_with_its_block_also_after_an_error() -> None:
    with inside(7):
        with pytest.raises(ValueError, match="broken"), inside(8):
            assert here() == 8
            raise ValueError("broken")
        assert here() == 7


def test_everywhere_no_one_project_is_at_work() -> None:
    with everywhere():
        assert (here(), one_here()) == (EVERYWHERE, None)
    with inside(7):
        assert (here(), one_here()) == (7, 7)


def test_a_function_that_works_everywhere_does_so_at_each_call() -> None:
    @everywhere()
    def place() -> int:
        return here()

    with inside(7):
        assert [place(), here(), place()] == [EVERYWHERE, 7, EVERYWHERE]


def test_among_several_no_one_project_is_at_work_and_code_that_wants_one_is_refused() -> None:
    with among([7, 8]):
        assert one_here() is None
        with pytest.raises(OutsideProjects):
            here()
