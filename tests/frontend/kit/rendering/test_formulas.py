"""LaTeX as MathML: what is counted as nesting, what is rewritten, and what stays as it was written."""

import pytest

from frontend.kit.rendering.formulas import DEEPEST, LONGEST, depth, formula


@pytest.mark.parametrize(
    ("latex", "deep"),
    [
        ("x", 0),
        ("{x}{y}", 1),
        ("{x{y}}", 2),
        (r"\{x\}", 0),
        (r"\left(\frac{1}{2}\right)", 2),
        (r"\begin{matrix}{x}\end{matrix}", 2),
        (r"\leftarrow \rightarrow", 0),
        ("}}}{", 0),
        (r"a \\{b}", 1),
        (r"\\\{x", 0),
    ],
)
def test_what_is_nested_is_counted_and_what_is_only_written_is_not(latex: str, deep: int) -> None:
    assert depth(latex) == deep


@pytest.mark.parametrize("opens", ["{", r"\\{", r"\left(", r"x\\\\{"])
def test_a_formula_is_read_to_its_depth_and_no_deeper(opens: str) -> None:
    closes = r"\right)" if "left" in opens else "}"
    for levels, read in ((DEEPEST - 2, True), (DEEPEST + 1, False)):
        html = formula(opens * levels + "x" + closes * levels, "inline")
        assert html.startswith("<math") is read, levels


def test_a_formula_is_read_to_its_length_and_no_further() -> None:
    assert formula("x" * LONGEST, "inline").startswith("<math")
    assert formula("x" * (LONGEST + 1), "inline").startswith('<code class="latex">')


@pytest.mark.parametrize(
    "latex", [r"\def\a{\b}", r"\newcommand{\a}{b}", r"\renewcommand{\a}{b}", r"\let\a=b", r"\gdef\a{b}"]
)
def test_a_formula_that_defines_something_is_shown_as_its_source(latex: str) -> None:
    assert formula(latex, "block") == f'<code class="latex">{latex}</code>'


def test_a_source_is_escaped() -> None:
    assert formula(r"\def<script>", "inline") == r'<code class="latex">\def&lt;script&gt;</code>'


def test_a_formula_says_whether_it_stands_in_a_line() -> None:
    assert 'display="block"' in formula("x", "block") and 'display="block"' not in formula("x", "inline")


@pytest.mark.parametrize(
    ("latex", "like"),
    [
        (r"\mbox{if } x", r"\text{if } x"),
        (r"x \notag", "x "),
        (r"\label{eq:1} x", "x"),
        (r"1 \dotsc 2", r"1 \ldots 2"),
        (r"\widetilde{x}", r"\tilde{x}"),
        (r"\begin{gather*}x\end{gather*}", r"\begin{aligned}x\end{aligned}"),
        (r"\begin{alignat}{2}x\end{alignat}", r"\begin{aligned}x\end{aligned}"),
    ],
)
def test_what_the_converter_does_not_know_is_said_in_words_that_it_knows(latex: str, like: str) -> None:
    assert formula(latex, "block") == formula(like, "block") and formula(like, "block").startswith("<math")


def test_no_formula_brings_a_style() -> None:
    html = formula(r"\begin{aligned}a &= b \\ c &= d\end{aligned}", "block")
    assert " style=" not in html and 'class="to-right"' in html


def test_a_definition_in_one_formula_is_not_known_in_the_next() -> None:
    formula(r"\def\mine{x}", "inline")
    assert formula(r"\mine", "inline").startswith("<code")
