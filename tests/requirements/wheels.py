"""Packages without content, made on the spot: an index for pip's real resolver that needs no network."""

import re
from pathlib import Path
from zipfile import ZipFile

from requirements.resolving import Package

EXTRA = re.compile(r"""extra == ["'](.+?)["']""")


def wheel(folder: Path, name: str, version: str, *needs: str) -> None:
    add(folder, Package(name, version, "", needs))


def add(folder: Path, package: Package) -> None:
    stem = f"{re.sub(r'[-_.]+', '_', package.name)}-{package.version}"
    extras = sorted({extra for need in package.needs for extra in EXTRA.findall(need)})
    lines = ["Metadata-Version: 2.1", f"Name: {package.name}", f"Version: {package.version}"]
    lines += [f"Requires-Python: {package.python}"] if package.python else []
    lines += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {need}" for need in package.needs]
    with ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as file:
        file.writestr(f"{stem}.dist-info/METADATA", "\n".join(lines) + "\n")
        file.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{stem}.dist-info/RECORD", "")
