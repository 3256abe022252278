"""What no form, address or program of ours sends, and what any stranger can."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

LONG = "x" * 300
TEXTS = [
    *("", " ", "\0", "a\0b", "\ud800", "²", "١٢٣", "½", "\u202e", "e" + "\u0301" * 300, LONG, "y" * 10_000),
    *("9" * 30, "-" + "9" * 30, "9" * 5_000, "-1", "0", "2147483648", "9223372036854775808"),
    *("1e999", "-1e999", "NaN", "inf", "1.5", "0x10", "1_000", "+1", "1,2", ",", "~", "1~1", "x~9" + "9" * 29, "\0~1"),
    *("true", "null", "None", "[]", "{}", '{"a":', "../../etc/passwd", "%00", "%", "%%s", "\r\nX-Evil: 1"),
    *("' OR 1=1 --", "\\", "%(pk)s", "<script>alert(1)</script>", "{{ 7|add }}", "{% now %}", "&|!():*", "'''", '"'),
    *("2020-13-45", "0000-00-00", "9999-12-31T23:59:59Z", "-infinity", "a" * 64, "cD0xfjE=", "id", "-id", "--id"),
]
# As JSON has them: an object in place of text, depth, and numbers that no column holds.
VALUES: list[Any] = [
    *(None, True, -1, 0, 2**31, 2**63, 10**30, -(10**30), 1.5, 1e308, "\0", "²", "\ud800", "", LONG, "y" * 10_000),
    *([], {}, [[]], [None], {"a": {"b": []}}, ["\0"], [10**30], [{}], {"\0": "\0"}, [1, "x", None, {"id": 1}]),
]
# What no view is asked with: a request that holds one of these anywhere is refused whole. They are sent alone.
STOPPED = ("\\u0000", "\\ud800")
BODIES = [
    *(b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe", b"\0", b"[" * 50_000, b'{"a": NaN}', b'{"a": 1e999}'),
    *(b'{"a": ' + b"9" * 5_000 + b"}", b'{"\\ud800": "\\ud800"}', b"a=\0&b=%ED%A0%80", b"&&&==", b"--x\r\n"),
]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
KINDS = [
    *(FORM, JSON, "multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream"),
    *("text/xml", "nonsense", "", "application/json; charset=utf-7", "a/b; \0"),
]


def mixable(values: Sequence[Any]) -> list[Any]:
    """Those that may stand beside others without hiding them from the view."""
    return [value for value in values if not any(mark in json.dumps(value) for mark in STOPPED)]


def quoted(text: str) -> str:
    """Percent-encoded, lone surrogates too."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")
