"""HTML as a test reads it: how its template is laid out is no part of what a page says."""

import re

TAG = re.compile(r"(</?[a-z!][^>]*>)")
# Beside these white space is seen on a page; beside all other tags it is not.
INLINE = re.compile(
    r"</?(a|abbr|b|bdi|button|code|em|i|img|input|kbd|label|mark|meter|progress|q|s|select|small|span|strong|sub|sup|svg"
    r"|time|use)\b"
)
# They are seen themselves, as a word is.
DRAWN = re.compile(r"<(img|input|svg)\b")


def words(html: str) -> str:
    """What is read of it: the text without its tags."""
    return TAG.sub("", tight(html))


def tight(html: str) -> str:
    """One space for each run of white space that is seen, and none for others, as a browser draws it.

    `<dt>Tie</dt><dd>1 <b>pair</b></dd>`: nothing beside a block's tag, nor a second one behind the tag of a word.
    """
    kept: list[str] = []
    begins, last = True, -1
    for part in TAG.split(html):
        if not part.startswith("<"):
            text = re.sub(r"\s+", " ", part)
            text = text.removeprefix(" ") if begins else text
            if text:
                begins, last = text.endswith(" "), len(kept)
            kept.append(text)
            continue
        kept.append(re.sub(r"\s+", " ", part).replace(" >", ">"))
        if not INLINE.match(part):
            if begins and last >= 0:
                kept[last] = kept[last].removesuffix(" ")
            begins, last = True, -1
        elif DRAWN.match(part):
            begins, last = False, -1
    return "".join(kept)
