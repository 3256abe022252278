"""Debian's chromium: where it is, and what makes it quiet."""

import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")
