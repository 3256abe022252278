"""The import map and the hash that lets it through."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

import orjson
import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from frontend.kit import modules

IMPORT = re.compile(r"""^import\s(?:[^"']*\sfrom\s)?["']([^"']+)["']""", re.M)


def address(path: Path) -> str:
    return f"/static/{path.relative_to(modules.FOLDER).as_posix()}"


@pytest.fixture
def hashed_names(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", "--noinput", verbosity=0)
    modules._built.cache_clear()


def test_every_module_of_ours_is_in_the_map() -> None:
    imports = orjson.loads(modules.import_map())["imports"]
    for path in (modules.FOLDER / "js").glob("**/*.js"):
        assert address(path) in imports


def test_every_import_of_every_module_is_in_the_map() -> None:
    imports = orjson.loads(modules.import_map())["imports"]
    for path in (modules.FOLDER / "js").glob("**/*.js"):
        for name in IMPORT.findall(path.read_text()):
            resolved = urljoin(address(path), name) if name.startswith(".") else name
            assert resolved in imports, f"{path.name} imports {name}"


@pytest.mark.usefixtures("hashed_names")
def test_a_plain_name_leads_to_the_hashed_file() -> None:
    imports = orjson.loads(modules.import_map())["imports"]
    assert re.fullmatch(r"/static/js/api\.[0-9a-f]{12}\.js", imports["/static/js/api.js"])
    assert re.fullmatch(r"/static/unfold/js/chart/chart\.[0-9a-f]{12}\.js", imports["chart.js"])
    modules._built.cache_clear()


def test_the_policy_allows_exactly_the_map_that_the_page_carries(outsider: Client) -> None:
    response = outsider.get("/sign-in/")
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", response.content.decode(), re.S)
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in response["Content-Security-Policy"]


def test_no_file_name_can_end_the_script_early() -> None:
    assert "</" not in modules.import_map()
