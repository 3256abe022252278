"""Mathematics in every form in which models write it, and what only looks like it."""

import pytest

from frontend.kit.rendering import formulas, rendered
from tests.frontend.kit.rendering.costing import times_prose

pytestmark = pytest.mark.usefixtures("unhurried")

SQUARE = "<msup><mi>x</mi><mn>2</mn></msup>"
IN_LINE = ["$x^2$", r"\(x^2\)", r"\( x^2 \)", "$`x^2`$", "中文$x^2$的", "the $x^2$-axis", "($x^2$)", "**$x^2$**"]
ON_ITS_OWN = [
    "$$x^2$$",
    "$$\nx^2\n$$",
    "a $$x^2$$ b",
    r"\[x^2\]",
    "\\[\nx^2\n\\]",
    "It is:\n\\[ x^2 \\]\nSo",
    "- so\n  \\[\n  x^2\n  \\]",
    "> \\[ x^2 \\]",
    "1. **So:**\n   $$\n   x^2\n   $$",
    "```math\nx^2\n```",
    "\\begin{align*}\nx^2\n\\end{align*}",
]
NOT_MATHEMATICS = [
    "$5 and $10",
    "It costs $5, or $6 with a $ sign.",
    "$20 + $3 = $23",
    "two at $5/$6, three at $10-$20",
    "**US$5**–**$10**",
    "A$AP and ke$ha",
    "5$ and 10$, 15$",
    "$20 (20$)",
    "cp $HOME/$USER",
    "`${user}` is ${a}/${b}",
    "$<<50*2=100>>100 and she spent $<<5*2=10>>10",
    "earns $5 million a year, or 10$ a day",
    r"as shown \[1\] and \[2, 3\]",
    r"\(see the appendix\)",
    r"\$x^2\$",
    "`$x^2$`",
    "```\n$x^2$\n```",
    "    $x^2$",
]


@pytest.mark.parametrize("text", IN_LINE)
def test_a_formula_in_a_line(text: str) -> None:
    assert f"<math>{SQUARE}</math>" in rendered(text)


@pytest.mark.parametrize("text", ON_ITS_OWN)
def test_a_formula_on_its_own(text: str) -> None:
    html = rendered(text)
    assert '<math display="block">' in html
    assert SQUARE in html


@pytest.mark.parametrize("text", NOT_MATHEMATICS)
def test_prices_variables_and_escaped_brackets_are_text(text: str) -> None:
    assert "<math" not in rendered(text)


def test_lists_and_emphasis_do_not_reach_into_a_formula() -> None:
    html = rendered("\\[\na_1 * b\n- c_2 * d\n= e\n\\]")
    assert html.startswith('<math display="block">')
    assert "<em>" not in html
    assert "<li>" not in html


def test_equations_are_aligned_by_classes_and_not_by_styles() -> None:
    html = rendered(r"\[\begin{aligned} a &= b \\ c &= d \end{aligned}\]")
    assert html.count('class="to-right"') == 2
    assert " style=" not in html
    assert "&amp;" not in html


@pytest.mark.parametrize("name", ["equation", "gather", "multline", "alignat", "eqnarray", "flalign*"])
def test_every_environment_of_equations_is_read(name: str) -> None:
    columns = "{2}" if name == "alignat" else ""
    assert "<mtable" in rendered(f"\\begin{{{name}}}{columns}\nx &= y \\\\\n\\end{{{name}}}")


def test_the_number_of_an_equation_is_kept() -> None:
    assert "<mtext>(1)</mtext>" in rendered("$$x^2$$ (1)")
    assert "<mtext>(2)</mtext>" in rendered(r"\[x^2 \tag{2}\]")


def test_a_price_within_a_formula_is_read() -> None:
    assert "<mi>$</mi><mn>2000</mn>" in rendered(r"\($2000 \times 0.9\)")


@pytest.mark.parametrize(
    "latex",
    [
        "\\frac{",
        "\\left(",
        "\\begin{matrix}",
        "\\sqrt[",
        "x^1^2",
        "^",
        "{{{{",
        "\\nosuch{x}",
        "\\ce{H2O}",
        "x}",
        "\\def\\a{x}\\a",
    ],
)
def test_a_formula_that_cannot_be_read_is_shown_as_its_source(latex: str) -> None:
    assert f'<code class="latex">{latex}</code>' == formulas.formula(latex, "inline")


def test_in_a_text_too_its_source_is_shown_and_its_signs_are_text() -> None:
    assert r'So <code class="latex">a &amp; \nosuch{&lt;b&gt;}</code>.' in rendered(r"So $a & \nosuch{<b>}$.")


@pytest.mark.parametrize(
    "latex",
    [
        "(" * 1_900,
        "{" * 1_900,
        "\\hat" * 450,
        "\\frac" * 380,
        "\\left(" * 300,
        "f(" * 900,
        "a" * 100_000,
        "\\text{" * 300,
    ],
    ids=lambda latex: latex[:6],
)
def test_a_deep_or_endless_formula_costs_little(latex: str) -> None:
    # At rest 0.1 at most.
    assert times_prose(lambda: formulas.formula(latex, "block")) < 1
