"""Pictures of the studio for its documents: `python -m tests.bench.screenshots FOLDER`.

A studio of its own is opened with the demo in it and a circle of models as the tests lay it out (their rates and
curves are made up), and photographed in both themes. With `--readme` the two pictures of the README are taken into the
folder, of the demo alone. What a real recipe gave is photographed with `--of ADDRESS` and somebody's cookie in
STUDIO_SESSION, page by page: `--page home=/`.
"""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.bench.browsing import browser
from tests.bench.studio import opened, session

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIZE = (1280, 800)
# In the README a picture has half of a page's width, and its words are to be read there.
SMALL = (1080, 680)


def take(folder: Path, address: str, cookies: Mapping[str, str], pages: Mapping[str, str]) -> Iterator[Path]:
    """`folder/NAME-SCHEME.png` for each page."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser(address, cookies, SIZE) as page:
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for name, path in pages.items():
                yield picture(page, path, folder / f"{name}-{scheme}.png")


def picture(page: Page, path: str, file: Path) -> Path:
    page.goto(path, wait_until="networkidle")
    page.screenshot(path=file)
    return file


def take_readme(folder: Path, address: str, cookies: Mapping[str, str]) -> Iterator[Path]:
    """`review.png` and `compare.png`, of the pairs that were written by hand."""
    from annotation.models import Author, Pair

    duplicates = Pair.objects.get(prompt__text__contains="how do I remove duplicates from a list")
    writers = "&".join(f"c={Author.objects.get(name=f'{one} demo writer').pk}" for one in ("hasty", "careful"))
    with browser(address, cookies, SMALL) as page:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        yield picture(page, f"/review/demo/?pair={duplicates.pk}", folder / "review.png")
        yield picture(page, f"/compare/?{writers}&v=@demo&q=python", folder / "compare.png")


def demo_pages() -> dict[str, str]:
    """Fills the studio that this process has entered."""
    from studio.accounts.models import User
    from tests.frontend.filled import fill

    made = fill(User.objects.get(username="bench-admin"))
    compared = "&".join(f"c={one.author_id}" for one in made.checkpoints)
    return {
        "home": "/",
        "review": "/review/demo/",
        "pairs": "/pairs/",
        "pair": f"/pairs/{made.pair.pk}/",
        "run": f"/runs/{made.run.pk}/",
        "recipe": f"/runs/{made.recipe.pk}/",
        "compare": f"/compare/?{compared}",
        "evaluate": "/evaluate/",
        "admin": "/admin/training/run/",
    }


def asked() -> Namespace:
    parser = ArgumentParser(prog="tests.bench.screenshots", description="Pictures of the studio in both themes.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--readme", action="store_true", help="The two pictures of the README.")
    parser.add_argument("--of", metavar="ADDRESS", help="A studio that runs already, such as http://localhost:8000")
    parser.add_argument("--page", action="append", default=[], metavar="NAME=PATH", help="Only these, with --of.")
    return parser.parse_args()


def main(given: Namespace) -> None:
    if given.of:
        pages = dict(page.split("=", 1) for page in given.page) or {"home": "/"}
        said(take(given.folder, given.of, {"sessionid": os.environ["STUDIO_SESSION"]}, pages))
        return
    with opened() as studio:
        cookies = session()
        if given.readme:
            said(take_readme(given.folder, studio.address, cookies))
            return
        said(take(given.folder, studio.address, cookies, demo_pages()))


def said(pictures: Iterator[Path]) -> None:
    for file in pictures:
        sys.stdout.write(f"{file} ({file.stat().st_size / 1000:.0f} kB)\n")


if __name__ == "__main__":
    main(asked())
