"""The shortest time in which a person can read two responses; a faster verdict is marked."""

# Silent reading goes at about 23 letters a second (238 words a minute: Brysbaert, "How many words do we read per
# minute?", Journal of Memory and Language 109, 2019). Four times that is faster than any reader who understands.
LETTERS_A_SECOND = 100
# One Chinese character, kana or Hangul syllable says as much as about three letters.
LETTERS_OF_CJK = 3
FIRST_CJK = "\u2e80"
# In less than this nobody sees two texts and chooses a key.
LEAST = 0.4
# Whoever sees at a glance that a long response is broken may say so.
MOST = 3.0
ENOUGH = round(MOST * LETTERS_A_SECOND)


def least_seconds(one: str, other: str) -> float:
    """The time below which a verdict on these two responses is marked as too fast."""
    letters = sum(LETTERS_OF_CJK if letter >= FIRST_CJK else 1 for letter in one[:ENOUGH] + other[:ENOUGH])
    return min(MOST, max(LEAST, letters / LETTERS_A_SECOND))
