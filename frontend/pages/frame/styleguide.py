"""The living style guide: every component in both themes with the source that made it."""

import math
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template
from django.utils import timezone

from frontend.kit.modules import FOLDER
from studio.accounts.access import requires
from studio.accounts.models import User
from studio.accounts.roles import Capability

# name of the template under styleguide/, title, what to know, whether it needs the whole width
SPECIMENS = (
    ("colours", "Colours", "A is blue and B is orange, for nothing else. Green, amber and red are states.", False),
    ("type", "Type", "14 px for the interface, 16 / 1.6 for reading. Figures are tabular.", False),
    ("icons", "Icons", "One sprite, 16 px, drawn in the colour of the text beside them.", False),
    ("buttons", "Buttons", "A button says what it does. One primary button on a page. A key presses a button.", False),
    ("badges", "Badges and chips", "A state is a badge with a dot; a filter is a chip that can be removed.", False),
    ("heads", "Page head and lineage", "Name, state, who and when, where it came from, actions at the right.", True),
    ("tabs", "Tabs and menus", "Tabs are links: what is shown is in the address.", False),
    ("forms", "Forms", "Label, help, error: what is wrong and what mends it.", False),
    ("table", "List", "Filters as chips, sticky head, 36 px rows, keyset pager, a bar when rows are chosen.", True),
    ("figures", "Figures", "An estimate never stands without its n and its interval.", False),
    ("strips", "Strip plot", "All responses to one prompt by score; the best is marked.", True),
    ("charts", "Curves", "Smoothing keeps the raw curve in sight; charts of one group share a cursor.", True),
    ("progress", "Progress", "Done, rate and what remains, in words beside the bar.", False),
    ("conversation", "Conversation", "Turns by role. Text takes its own direction.", False),
    ("answers", "Responses side by side", "A left, B right, the same width always.", True),
    ("prose", "Prose, code, mathematics", "Rendered and sanitised on the server.", False),
    ("empty", "Empty states", "They teach the first step, with a button and a command.", False),
    ("notices", "Notices, toasts, dialogs", "What happened, to what, and what mends it.", False),
    ("skeletons", "Skeletons", "The room is kept, so nothing jumps when numbers come.", False),
)

PROSE = """A reward model gives each response $y$ to a prompt $x$ a score $r(x, y)$; preferences are **Bradley–Terry**:

$$P(y_1 \\succ y_2 \\mid x) = \\frac{1}{1 + e^{-(r(x, y_1) - r(x, y_2))}}$$

1. Sample 64 responses.
2. Score them, `keep_best`, and train on what was kept.

```python
def keep_best(scores: dict[str, float]) -> str:
    # The first wins a tie, so a seed decides alone.
    return max(scores, key=scores.__getitem__)
```

> 数学与代码在服务器上渲染。
"""


class SampleForm(forms.Form):
    name = forms.CharField(initial="xwin-rs-7b", help_text="Shown in lists and on the checkpoint's page.")
    base = forms.ChoiceField(choices=[("sft", "xwin-sft-7b"), ("rs", "xwin-rs-7b")], label="Base checkpoint")
    epochs = forms.IntegerField(min_value=1, max_value=10, help_text="Whole passes over the data.")
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), required=False)
    greedy = forms.BooleanField(required=False, label="Also evaluate with greedy decoding")


@requires(Capability.ANNOTATE)
def styleguide(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or (isinstance(request.user, User) and request.user.can(Capability.ADMINISTER))):
        raise Http404
    specimens = [specimen(request, *row) for row in SPECIMENS]
    return render(request, "styleguide/page.html", {"specimens": specimens})


def specimen(request: HttpRequest, name: str, title: str, words: str, is_tall: bool) -> dict[str, Any]:
    template = get_template(f"styleguide/{name}.html")
    shown = [(theme, template.render(sample(theme), request)) for theme in ("light", "dark")]
    # As it is written: what is sent has no indentation.
    source = Path(template.origin.name).read_text()  # type: ignore[attr-defined]  # the engine's own template has it
    return {"name": name, "title": title, "words": words, "is_tall": is_tall, "shown": shown, "source": source}


def sample(theme: str) -> dict[str, Any]:
    """Made-up things that the specimens show; ids differ by theme, since each specimen stands there twice."""
    now = timezone.now()
    form = SampleForm({"name": "xwin-rs-7b", "base": "rs", "epochs": "12"}, auto_id=f"{theme}_%s")
    return {
        "on": theme,
        "form": form,
        "moment": now - timedelta(minutes=12),
        "states": ["queued", "running", "succeeded", "failed", "lost", "cancelled"],
        "scores": [
            {"value": 2.4 * math.sin(7.3 * i) + 0.9 * math.sin(3.1 * i), "href": f"#r{i}", "title": f"response {i}"}
            for i in range(64)
        ],
        "messages": [
            {"role": "system", "content": "You are a patient tutor."},
            {"role": "user", "content": "Why is the sky blue?"},
            {"role": "assistant", "content": "Because air scatters **short** wavelengths more: as $\\lambda^{-4}$."},
        ],
        "prose": PROSE,
        "steps": [
            {"icon": "datasets", "title": "xwin-pairs v3", "url": "#heads"},
            {"icon": "runs", "title": "DPO, seed 1", "here": True},
            {"icon": "checkpoints", "title": "xwin-dpo-7b", "url": "#heads"},
        ],
        "rows": [
            ("Explain gradient checkpointing to a student", "alpaca_eval", 12, "running", 0.71, 0.64, 0.78, 805),
            ("写一首关于秋天的短诗", "xwin_demo", 3, "succeeded", 0.52, 0.47, 0.57, 412),
            (
                "What are the names of some famous actors that started on Broadway?",
                "alpaca_eval",
                2,
                "failed",
                0.34,
                0.22,
                0.48,
                57,
            ),
        ],
        "icons": re.findall(r'id="([\w-]+)"', (FOLDER / "icons.svg").read_text()),
        "swatches": re.findall(r"\.fill-([\w-]+)", (FOLDER / "css/styleguide.css").read_text()),
        "spark": [3, 4, 3.6, 5, 4.8, 6, 5.7, 7.2],
    }
