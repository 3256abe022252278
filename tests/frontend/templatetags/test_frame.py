"""Tags of the frame: states, times, numbers with their nouns, form fields, breadcrumbs."""

from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone

from frontend.templatetags import frame
from tests.frontend.markup import tight


def rendered(source: str, **context: Any) -> str:
    return Template("{% load frame %}" + source).render(Context(context)).strip()


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


def test_the_last_step_of_a_breadcrumb_is_where_we_are() -> None:
    assert frame.crumb("Runs", "/runs/") == '<li><a href="/runs/">Runs</a></li>'
    assert frame.crumb("Run 7") == '<li><span aria-current="page">Run 7</span></li>'


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (1, "pair", "1 pair"),
        (0, "pair", "0 pairs"),
        (1200, "pair", "1,200 pairs"),
        (2, "person,people", "2 people"),
        (1, "person,people", "1 person"),
        (None, "pair", "–"),
    ],
)
def test_a_number_agrees_with_its_noun(number: int | None, noun: str, words: str) -> None:
    assert frame.counted(number, noun) == words


@pytest.mark.parametrize(("total", "words"), [("1", "pair"), ("12", "pairs"), ("1,000", "pairs"), (None, "pairs")])
def test_a_noun_agrees_with_a_total_in_words(total: str | None, words: str) -> None:
    assert frame.agreeing("pairs", total) == words


def test_large_numbers_have_thousands_or_are_short() -> None:
    assert (frame.thousands(4812), frame.thousands(0), frame.compact(12400)) == ("4,812", "0", "12.4k")


def test_an_icon_says_nothing_to_a_screen_reader() -> None:
    html = frame.icon("runs", "small")
    assert 'class="icon small"' in html and 'aria-hidden="true"' in html and "#runs" in html


def test_a_command_to_copy_is_quoted_for_the_shell() -> None:
    text = frame.manage("import_data", "pairs", "my file.jsonl", collection="a;b")["text"]
    assert "'my file.jsonl'" in text and "'a;b'" in text


def test_a_number_field_takes_text_so_that_nonsense_can_be_named() -> None:
    class Numbers(forms.Form):
        epochs = forms.IntegerField()

    control = str(frame.field(Numbers()["epochs"])["control"])
    assert 'type="text"' in control and 'inputmode="decimal"' in control


@pytest.mark.parametrize(
    ("widget", "look"),
    [
        (forms.TextInput(), "input"),
        (forms.Textarea(), "textarea"),
        (forms.Select(), "select"),
        (forms.SelectMultiple(), "textarea"),
        (forms.CheckboxInput(), ""),
        (forms.RadioSelect(), ""),
        (forms.FileInput(), "input"),
    ],
)
def test_each_kind_of_control_has_its_look(widget: forms.Widget, look: str) -> None:
    assert frame.css_class(widget) == look
