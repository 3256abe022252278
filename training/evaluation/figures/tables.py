"""Figures as text: what `figures` prints for people. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def text(figures: Mapping[str, Any]) -> str:
    """Plain figures as lines, figures per name side by side, anything deeper under a heading."""
    plain = {name: value for name, value in figures.items() if not isinstance(value, Mapping)}
    columns = {name: value for name, value in figures.items() if _is_column(value)}
    deeper = {name: value for name, value in figures.items() if name not in plain | columns}
    blocks = [
        _aligned([(name, cell(value)) for name, value in plain.items()]),
        _side_by_side(columns),
        *(_under(name, value) for name, value in deeper.items()),
    ]
    return "\n\n".join(block for block in blocks if block)


def cell(value: Any) -> str:
    """A figure to six decimals, as the published tables have them; – where there is none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(cell, value)) or "–"
    return str(value)


def _under(name: str, figures: Mapping[str, Any]) -> str:
    """A table carries its name in the corner, anything else as a heading."""
    if figures and all(map(_is_column, figures.values())):
        return _side_by_side(figures, corner=name)
    return f"{name}\n{_indented(text(figures))}"


def _is_column(value: Any) -> bool:
    return isinstance(value, Mapping) and not any(isinstance(inner, Mapping) for inner in value.values())


def _side_by_side(columns: Mapping[str, Mapping[str, Any]], corner: str = "") -> str:
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    if not names:
        return ""
    header = (corner, *columns)
    rows = [(name, *(cell(column.get(name)) for column in columns.values())) for name in names]
    return _aligned([header, *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.split("\n"))
