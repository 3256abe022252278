"""What page authors write, and what comes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from tests.frontend.markup import tight


def rendered(source: str, **context: Any) -> str:
    return Template("{% load frame figures reading %}" + source).render(Context(context)).strip()


def test_a_figure_says_its_bounds_and_its_n() -> None:
    html = tight(rendered("{% figure 0.632 0.616 0.648 805 'Bootstrapped.' %}"))
    assert (
        '<span class="value">63.2 %</span> <span class="bounds">61.6–64.8</span> <span class="n">(805)</span>' in html
    )
    assert 'data-tip="95 % interval 61.6 to 64.8. Bootstrapped."' in html


def test_a_figure_that_is_not_known_is_a_dash_and_still_says_its_n() -> None:
    html = rendered("{% figure None n=0 %}")
    assert ">–<" in html
    assert "(0)" in html


def test_a_figure_that_a_row_lacks_is_a_dash_too() -> None:
    assert ">–<" in rendered("{% figure row.missing row.low row.high %}", row={})


def test_bounds_below_zero_are_told_apart_from_a_dash() -> None:
    html = rendered("{% figure 0.2 -0.1 0.5 unit='' digits=2 %}")
    assert '<span class="bounds">−0.10 to 0.50</span>' in html
    assert '<span class="value">0.0</span>' in rendered("{% figure -0.001 unit='' %}")


def test_a_figure_without_a_unit_is_written_as_it_is() -> None:
    assert '<span class="value">1.27</span>' in rendered("{% figure 1.274 unit='' digits=2 %}")


def test_an_interval_lies_on_its_axis() -> None:
    html = rendered("{% interval 0.5 0.25 0.75 %}")
    assert 'x="25.0%"' in html
    assert 'width="50.0%"' in html
    assert 'aria-label="0.5, from 0.25 to 0.75"' in html


def test_an_interval_without_a_value_is_an_empty_axis() -> None:
    assert 'class="point"' not in rendered("{% interval None %}")


def test_a_strip_plot_links_each_dot_and_names_itself() -> None:
    html = rendered(
        "{% strip points 'Scores' %}", points=[{"value": 1.0, "href": "/a", "title": "first"}, {"value": 2.0}]
    )
    assert 'href="/a" aria-label="first"' in html
    assert 'aria-label="Scores, 2 from 1.00 to 2.00, median 1.50"' in html


def test_a_strip_plot_of_nothing_draws_nothing() -> None:
    assert "<circle" not in rendered("{% strip points %}", points=[])


def test_a_share_bar_names_its_parts() -> None:
    assert 'aria-label="a 3, b 1"' in rendered("{% share a=3 b=1 %}")


def test_a_ring_is_filled_to_what_is_done() -> None:
    html = rendered("{% ring 0.39 %}")
    assert 'stroke-dasharray="39.0 100"' in html
    assert 'aria-label="39% done"' in html


@pytest.mark.parametrize(
    ("name", "tone"),
    [
        ("running", "live"),
        ("succeeded", "good"),
        ("failed", "bad"),
        ("lost", "warn"),
        ("queued", ""),
        ("both_bad", ""),
    ],
)
def test_a_state_has_the_colour_of_its_kind(name: str, tone: str) -> None:
    html = rendered("{% state name %}", name=name)
    assert f'class="badge {tone}"' in html
    assert html.endswith(f"{name.replace('_', ' ')}</span>")


def test_a_time_is_told_in_words_and_exactly() -> None:
    html = rendered("{{ moment|ago }}", moment=timezone.now() - timedelta(minutes=12))
    assert "12 min ago</time>" in html
    assert "UTC" in html


def test_a_missing_time_or_number_is_a_dash() -> None:
    assert rendered("{{ none|ago }}{{ none|span }}{{ none|thousands }}{{ none|compact }}", none=None) == "––––"


class SampleForm(forms.Form):
    epochs = forms.IntegerField(max_value=10, help_text="Whole passes.")
    notes = forms.CharField(required=False, widget=forms.Textarea)
    greedy = forms.BooleanField()
    judge = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)


def test_a_field_ties_its_label_help_and_error_to_its_control() -> None:
    html = tight(rendered("{% field form.epochs %}", form=SampleForm({"epochs": "12"})))
    assert '<label for="id_epochs">Epochs </label>' in html
    assert 'class="input"' in html
    assert 'aria-invalid="true"' in html
    for part in ("id_epochs_helptext", "id_epochs_error"):
        assert f'id="{part}"' in html
        assert part in html.split('aria-describedby="')[1].split('"')[0]


def test_a_field_that_may_be_left_empty_says_so() -> None:
    assert '<span class="optional">optional</span>' in rendered("{% field form.notes %}", form=SampleForm())


def test_choices_are_a_group_with_a_legend() -> None:
    html = tight(rendered("{% field form.judge %}", form=SampleForm()))
    assert html.startswith("<fieldset")
    assert "<legend>Judge</legend>" in html


def test_a_long_text_of_a_template_is_given_in_one_line() -> None:
    html = rendered("{% one_line as how %}\n  {{ name }} is\n  compared.\n{% endone_line %}{{ how }}", name="<b>")
    assert html == "&lt;b&gt; is compared."


def test_a_check_box_stands_before_its_label() -> None:
    html = rendered("{% field form.greedy %}", form=SampleForm())
    assert html.index("<input") < html.index("<label")


def test_a_breadcrumb_escapes_what_it_is_given() -> None:
    assert "&lt;b&gt;" in rendered("{% crumb title '/x' %}", title="<b>")


def test_a_conversation_shows_each_turn_by_its_role() -> None:
    messages = [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "**So.**"}]
    html = rendered("{% conversation messages %}", messages=messages)
    assert '<section class="turn user">' in html
    assert "<strong>So.</strong>" in html


def test_a_role_from_a_file_cannot_leave_its_attribute() -> None:
    html = rendered("{% conversation messages %}", messages=[{"role": '"><script>', "content": "x"}])
    assert "<script>" not in html
