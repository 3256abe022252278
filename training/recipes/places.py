"""Where in a recipe's text its parts stand: a fault is told with the line that somebody has to change."""

import re
from collections.abc import Iterator

import yaml

# How faults name their place, and how msgspec does.
PLACE = re.compile(r"(?<!\$\.)stages\[(\d+)\](?: \([^)]*\))?((?:\.\w+)*)")
MSGSPEC_PLACE = re.compile(r"`\$\.stages\[(\d+)\]((?:\.\w+)*)`")


def with_lines(text: str, fault: str) -> str:
    """The fault, each place in it with its line: `line 31, stages[3] (rs).settings.learning_rate: …`."""
    placed = PLACE.sub(lambda found: f"line {line_of(text, int(found[1]), found[2])}, {found[0]}", fault)
    return MSGSPEC_PLACE.sub(lambda found: f"{found[0]} (line {line_of(text, int(found[1]), found[2])})", placed)


def line_of(text: str, stage: int, path: str) -> int:
    """Of the deepest part of the path that is there."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    steps: list[str | int] = ["stages", stage, *filter(None, path.split("."))]
    for step in steps:
        found = next(inside(node, step), None)
        if found is None:
            return line
        node, line = found
    return line


def inside(node: yaml.Node | None, step: str | int) -> Iterator[tuple[yaml.Node, int]]:
    """A part of a node with the line where it is named."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
        yield from ((one, one.start_mark.line + 1) for one in node.value[step : step + 1])
    if isinstance(node, yaml.MappingNode):
        yield from ((value, key.start_mark.line + 1) for key, value in node.value if key.value == step)
