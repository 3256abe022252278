"""Numbers with their nouns, as page texts, messages and commands write them. Pure."""

from decimal import Decimal


def counted(number: float, noun: str, many: str = "") -> str:
    """`1 pair`, `4,025 pairs`; `many` is the plural of a noun that takes no plain s."""
    return f"{number:,} {noun if number == 1 else many or plural(noun)}"


def plural(noun: str) -> str:
    """Of a regular English noun: batch → batches, query → queries, pair → pairs."""
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def dollars(amount: float) -> str:
    """What something costs: `$1,012.40`; under ten cents the two figures that say something: `$0.0013`, `$0.00009`."""
    if not amount or round(amount, 3) >= 0.1:
        return f"${amount:,.2f}"
    return f"${Decimal(f'{amount:.2g}'):f}"


def dollars_as_written(amount: float) -> str:
    """A price or a budget that somebody set, with all its digits: `$0.125`, `$3.00`, `$1,012.40`."""
    whole, _, cents = f"{Decimal(str(amount)):,f}".partition(".")
    # One that is whole is a float too: `3.0`.
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"
