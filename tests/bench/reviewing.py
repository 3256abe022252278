"""From a key on the review screen to the next pair on the screen, in a real browser over the demo's pairs."""

from collections.abc import Iterator
from statistics import median

from tests.bench.browsing import NoBrowser, browser
from tests.bench.figures import Figure, Found, Skipped
from tests.bench.studio import Studio, session

KEYS = "12356712356712356712"
SIZE = (1280, 800)


def measure(studio: Studio) -> Iterator[Found]:
    try:
        took = key_to_paint(studio)
    except NoBrowser as missing:
        yield Skipped("key press to the next pair", str(missing))
        return
    detail = f"{len(took)} pairs judged; the slowest took {took[-1]:.1f} ms"
    yield Figure("key press to the next pair, to the end of its frame", median(took), "ms", 16, detail=detail)


def key_to_paint(studio: Studio) -> list[float]:
    """Milliseconds, in order of size."""
    from tests.e2e import keying

    with browser(studio.address, session("annotator"), SIZE) as page:
        page.goto("/review/", wait_until="networkidle")
        return sorted(keying.key_to_paint(page, KEYS))
