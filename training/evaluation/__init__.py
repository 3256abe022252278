"""Published protocols over records: every figure is a pure function, readable from files or rows."""


class NoFigure(Exception):
    """The records can be read but have no such figure; the message says why and what to give."""
