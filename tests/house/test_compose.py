"""Static checks of docker-compose.yml and of the settings' list of variables."""

import re

import pytest
import yaml

from tests.house.sources import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]


def test_has_every_part_of_the_house():
    assert set(SERVICES) == {"database", "broker", "migrate", "web", "worker", "beat", "proxy"}


def test_opens_ports_at_the_proxy_only():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


@pytest.mark.parametrize("name", OURS)
def test_runs_our_parts_without_privileges(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service["user"].startswith(("0", "root"))


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_watches_the_health_of_each_lasting_part(name):
    assert SERVICES[name]["healthcheck"]["test"]


def test_keeps_secrets_out_of_the_file():
    values = [
        (name, key, value)
        for name, service in SERVICES.items()
        for key, value in service.get("environment", {}).items()
        if re.search(r"PASSWORD|SECRET|KEY|DATABASE_URL", key) and not key.endswith("_FILE")
    ]
    assert values == []
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


def test_keeps_the_database_and_the_broker_inside():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["database"]["networks"] == SERVICES["broker"]["networks"] == ["inside"]


def test_lists_every_variable_that_the_settings_read():
    settings = (ROOT / "clearinghouse/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"""(?:get|_flag|_required|_secret)\(\s*"([A-Z_]+)\"""", settings))
    listed = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read - listed == set()
