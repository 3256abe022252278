"""List prices of the models that published judges ask, in US dollars for a million tokens, as of their publication.

Your own judge that is `like` a published one names the price that you pay.
"""

from annotation.judges.config.description import Price

BY_MODEL = {
    "gpt-3.5-turbo-0301": Price(1.5, 2),
    "gpt-3.5-turbo-1106": Price(1, 2),
    "gpt-4": Price(30, 60),
    "gpt-4-0314": Price(30, 60),
    "gpt-4-0613": Price(30, 60),
    "gpt-4-1106-preview": Price(10, 30),
    "gpt-4-turbo": Price(10, 30),
    "gpt-4o-mini-2024-07-18": Price(0.15, 0.6),
}


def of(model: str) -> Price:
    """Nothing where it is not known."""
    return BY_MODEL.get(model, Price())
