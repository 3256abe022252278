"""What a text looks like is asked without a clock; what it may cost has tests of its own."""

import pytest

from frontend.kit import rendering
from frontend.kit.rendering import highlighting

AMPLE_SECONDS = 60.0


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection of garbage in the midst of a text is not that text's fault."""
    monkeypatch.setattr(rendering, "RENDERING", AMPLE_SECONDS)
    monkeypatch.setattr(highlighting, "HIGHLIGHTING", AMPLE_SECONDS)
