"""What axe finds grave on a page, in words.

The findings are picked in the browser: a whole report of axe names every node that is well, too. A quarter of its
rules, which take a quarter of its time, find nothing that is grave.
"""

from collections.abc import Sequence

from axe_core_python.base import AXE_SCRIPT
from playwright.sync_api import Page

PICK = """async ([exclude, rules]) => {
  const isGrave = (impact) => impact === "serious" || impact === "critical";
  const { checks } = axe._audit.data;
  const graveRules = axe._audit.rules
    .filter(({ enabled, tags }) => enabled && !tags.includes("experimental"))
    .filter(({ any, all, none }) => [...any, ...all, ...none].some((one) => isGrave(checks[one.id ?? one]?.impact)))
    .map(({ id }) => id);
  const report = await axe.run({ exclude }, { resultTypes: ["violations"], runOnly: rules ?? graveRules });
  return report.violations
    .filter(({ impact }) => isGrave(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}"""
# All that another theme can change of a page.
COLOURS = ("color-contrast",)


def grave_findings(page: Page, exclude: Sequence[str] = (), rules: Sequence[str] = ()) -> list[str]:
    """`rule: element` for each, of these rules or of all; nothing inside of the selectors `exclude` is looked at."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(PICK, [[[selector] for selector in exclude], [*rules] or None])
    return found
