"""A browser that looks at a page by day and by night, at every width, and tells in words what should not be."""

from typing import Literal

from playwright.sync_api import ConsoleMessage, Page

from tests.accessibility import COLOURS, grave_findings
from tests.visiting import visit

PAPER = "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor"
# One number after the layout of what a resize began.
MEASURED = """() => new Promise((told) => requestAnimationFrame(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  told(scrollWidth - clientWidth);
}))"""
# Notes whether a script asks, while it loads, what only a layout knows. Of a page whose scripts do not, style sheets
# alone make the layout: it stands at a width as it would if it were loaded there.
NOTING = """
globalThis.hasAskedForSizes = false;
const noted = (of, name, field) => {
  const found = Object.getOwnPropertyDescriptor(of, name);
  const told = found[field];
  found[field] = function (...given) {
    globalThis.hasAskedForSizes = true;
    return new.target ? Reflect.construct(told, given) : told.apply(this, given);
  };
  Object.defineProperty(of, name, found);
};
const lengths = ["clientWidth", "clientHeight", "scrollWidth", "scrollHeight"];
for (const name of lengths) noted(Element.prototype, name, "get");
for (const name of ["offsetWidth", "offsetHeight"]) noted(HTMLElement.prototype, name, "get");
for (const name of ["innerWidth", "innerHeight", "outerWidth", "visualViewport"]) noted(globalThis, name, "get");
for (const name of ["getBoundingClientRect", "getClientRects"]) noted(Element.prototype, name, "value");
noted(globalThis, "ResizeObserver", "value");
const media = globalThis.matchMedia;
globalThis.matchMedia = (query) => {
  if (/width|height|orientation/.test(query)) globalThis.hasAskedForSizes = true;
  return media.call(globalThis, query);
};
"""
# Unfold draws its icons, whose names are no text to be read, in pale grey; select2 is Django's own.
NOT_OURS = (".material-symbols-outlined", ".select2")
# Where axe looks: what is folded away of a narrower page is not looked at.
TABLET = 768


class Watched:
    """A page whose console and requests are watched; `troubles` says in words what should not be."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin, self.path = page, origin, ""
        self.troubles: list[str] = []
        self.asks_for_sizes = False
        page.add_init_script(NOTING)
        page.on("console", self.hear)
        page.on("request", lambda request: self.follow(request.url))

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.note(f"console: {said.text}")

    def follow(self, url: str) -> None:
        if not url.startswith((self.origin, "data:", "blob:")):
            self.note(f"asks another host: {url}")

    def note(self, trouble: str) -> None:
        self.troubles.append(f"{self.path[:60]} {trouble}")

    def look_at(self, path: str, widths: tuple[int, ...]) -> None:
        """As `look_once_at`. What scripts lay out is also loaded by night at the last width, and resized back."""
        by_day = self.look_once_at(path, widths)
        if not self.asks_for_sizes:
            return
        if self.load("dark", widths[-1]) == by_day:
            self.note("is as bright by night")
        self.measure(widths[::-1])

    def look_once_at(self, path: str, widths: tuple[int, ...]) -> str:
        """Loaded by day at the first width, resized to the others, and seen by night as it stands there.

        The colour of its paper by day. Night falls over an open page, where axe has been read: to load it and axe
        anew takes four times as long as to look at colours.
        """
        self.path = path
        by_day = self.load("light", widths[0])
        self.measure(widths)
        self.examine()
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        # The admin asks for the system's theme once, when it loads.
        self.page.evaluate("document.documentElement.classList.add('dark')")
        if self.page.evaluate(PAPER) == by_day:
            self.note("is as bright by night")
        self.examine(COLOURS)
        return by_day

    def load(self, scheme: Literal["light", "dark"], width: int) -> str:
        """The colour of its paper."""
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.resize(width)
        response = visit(self.page, self.path)
        if response is None or response.status != 200:
            self.note(f"answers {response and response.status}")
        self.asks_for_sizes = self.page.evaluate("globalThis.hasAskedForSizes")
        paper: str = self.page.evaluate(PAPER)
        return paper

    def examine(self, rules: tuple[str, ...] = ()) -> None:
        self.resize(TABLET)
        for finding in grave_findings(self.page, NOT_OURS, rules):
            self.note(finding)

    def measure(self, widths: tuple[int, ...]) -> None:
        for width in widths:
            self.resize(width)
            over = self.page.evaluate(MEASURED)
            if over > 0:
                self.note(f"is {over} px too wide at {width}, loaded at {widths[0]}")

    def resize(self, width: int) -> None:
        if self.page.viewport_size != {"width": width, "height": 900}:
            self.page.set_viewport_size({"width": width, "height": 900})
