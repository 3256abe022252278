"""docker-compose.yml: valid by the specification; each of its commands runs outside a container, on real servers."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from compose_spec import PyCompose

ROOT = Path(__file__).parents[2]
OURS = ["web", "worker", "judge-worker", "gpu-worker", "models", "beat", "prepare"]
PROBED = ["web", "worker", "judge-worker", "gpu-worker", "beat"]


def interpolated() -> str:
    """The file with its variables at their defaults."""
    return re.sub(r"\$\{\w+:-(.*?)\}", r"\1", (ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(interpolated())["services"]
    return services


def test_it_is_valid_by_the_compose_specification() -> None:
    merged = yaml.safe_dump(yaml.safe_load(interpolated()))
    assert sorted(PyCompose.from_yaml(merged).service_names()) == sorted([*OURS, "postgres", "redis"])


def test_no_secret_is_in_the_file_or_in_an_environment(services: dict[str, Any]) -> None:
    for service in services.values():
        named = [name for name in service.get("environment", {}) if re.search("PASSWORD|KEY|DATABASE_URL", name)]
        assert all(name.endswith("_FILE") for name in named)


def test_every_secret_is_made_by_the_script(tmp_path: Path) -> None:
    script = tmp_path / "docker" / "secrets.sh"
    script.parent.mkdir()
    script.write_text((ROOT / "docker" / "secrets.sh").read_text())
    subprocess.run(["sh", script], check=True, capture_output=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(["sh", script], check=True, capture_output=True)
    assert made.keys() == yaml.safe_load(interpolated())["secrets"].keys()
    assert made["postgres_password"] in made["database_url"]
    assert made == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}


def test_our_services_run_without_new_privileges_and_wait_for_what_they_need(services: dict[str, Any]) -> None:
    for name in OURS:
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
        assert services[name]["depends_on"]
    assert "USER studio" in (ROOT / "Dockerfile").read_text()


def test_only_the_gpu_services_ask_for_nvidia(services: dict[str, Any]) -> None:
    asking = {name for name, service in services.items() if "nvidia" in str(service.get("deploy"))}
    assert asking == {"gpu-worker", "models"} == {name for name in services if services[name].get("profiles")}


def test_what_a_proxy_and_a_large_file_need_reaches_the_containers() -> None:
    written = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["web"]["environment"]
    for name in ("FORWARDED_ALLOW_IPS", "STUDIO_UPLOAD_MIB"):
        assert written[name].startswith(f"${{{name}:-")


@pytest.fixture(scope="module")
def environ(services: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the containers are told, with the servers of the tests."""
    told = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "STUDIO_VAR": str(tmp_path_factory.mktemp("var")),
        "STUDIO_ADMIN_PASSWORD": "open sesame",
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "FORWARDED_ALLOW_IPS": services["web"]["environment"]["FORWARDED_ALLOW_IPS"],
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "DJANGO_"))}
    return kept | told


@pytest.fixture(scope="module")
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(scope="module")
def running(services: dict[str, Any], environ: dict[str, str], port: str) -> Iterator[dict[str, Any]]:
    """Every service, started as its file says."""
    subprocess.run(services["prepare"]["command"], cwd=ROOT, env=environ, check=True)
    started = {}
    for name in PROBED:
        command = [word.replace("--port=8000", f"--port={port}") for word in services[name]["command"]]
        started[name] = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    yield started
    for process in started.values():
        process.terminate()
    for process in started.values():
        process.wait(30)


@pytest.fixture(scope="module")
def well(
    services: dict[str, Any], running: dict[str, Any], environ: dict[str, str], port: str
) -> dict[str, subprocess.CompletedProcess[bytes]]:
    """The first answer of each probe that finds its service well."""
    deadline = time.monotonic() + 120
    found = {}
    for name, process in running.items():
        probe = [word.replace(":8000", f":{port}") for word in services[name]["healthcheck"]["test"][1:]]
        while (told := subprocess.run(probe, cwd=ROOT, env=environ, check=False, capture_output=True)).returncode:
            assert process.poll() is None, f"{name} ended"
            assert time.monotonic() < deadline, f"{name} is not well"
            time.sleep(0.5)
        found[name] = told
    return found


@pytest.mark.slow
def test_every_service_starts_and_its_probe_finds_it_well(well: dict[str, Any]) -> None:
    assert list(well) == PROBED


@pytest.mark.slow
def test_behind_a_proxy_everybody_has_an_address_of_their_own(well: dict[str, Any], port: str) -> None:
    def asks(address: str) -> int:
        headers = {"Authorization": "Bearer xw_unknown", "X-Forwarded-For": address}
        return httpx2.get(f"http://localhost:{port}/api/v1/tokens/", headers=headers).status_code

    assert {asks("203.0.113.1") for _ in range(40)} == {401, 429}
    assert asks("203.0.113.2") == 401


@pytest.mark.slow
def test_a_probe_fails_where_nobody_works_on_the_queue(services: dict[str, Any], environ: dict[str, str]) -> None:
    probe = services["worker"]["healthcheck"]["test"][1:-1]
    assert subprocess.run([*probe, "nobody"], cwd=ROOT, env=environ, check=False).returncode == 1
