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


LISTED = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
# Why production does not set them.
NOT_IN_COMPOSE = {
    "DEBUG": "off, by default",
    "DEMO_MODE": "off, by default",
    "EMAIL_FILE_PATH": "for the demonstration, which mails to files",
    "HASHED_STATIC": "on, by default",
    "MVCH_FAILPOINT": "read in the demonstration only",
    "STATIC_ROOT": "set by the image",
}


def variables() -> set[str]:
    """Return the names of all that settings and doors of the environment read."""
    found = set()
    for path in ("settings.py", "shared/environment.py"):
        text = (ROOT / "clearinghouse" / path).read_text(encoding="utf-8")
        words = re.findall(r"""\b(?:get|flag|required|secret)\(\s*"([A-Z_]+)\"""", text)
        logins = re.search(r"_LOGINS = \(([^)]+)\)", text)
        found |= set(words)
        if logins:
            found |= {f"DATABASE_URL_{name.upper()}" for name in re.findall(r'"(\w+)"', logins[1])}
    return found


def given(name: str) -> set[str]:
    """Return the variables that a service of ours is given, as values or as files."""
    return {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]}


def test_sees_the_variables_that_matter():
    seen = variables()
    assert seen >= {"SECRET_KEY", "WRAPPING_KEY", "SHIELD_KEY", "CHECKPOINT_DIR", "BEHIND_TLS"}
    assert seen >= {"DATABASE_URL_WEB", "DATABASE_URL_BACKUP", "IDLE_TRANSACTION_SECONDS"}


def test_lists_every_variable_that_is_read():
    assert variables() - LISTED == set()
    assert LISTED - variables() == {"VERSION"}


def test_gives_every_variable_to_each_of_our_services():
    for name in OURS:
        missing = variables() - given(name) - set(NOT_IN_COMPOSE)
        assert {one for one in missing if not one.startswith("DATABASE_URL_")} == set(), name
    assert set(NOT_IN_COMPOSE) <= variables()
    everywhere = set().union(*(given(name) for name in OURS))
    everywhere |= {
        path.removeprefix("/run/secrets/").upper()
        for name in OURS
        for path in map(str, SERVICES[name]["environment"].values())
    }
    assert {one for one in variables() if one.startswith("DATABASE_URL_")} <= everywhere


def test_names_in_the_file_are_explained():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) <= LISTED


def test_every_secret_that_is_read_is_given_and_described():
    for name in OURS:
        service = SERVICES[name]
        read = {
            path.removeprefix("/run/secrets/")
            for key, path in service["environment"].items()
            if key.endswith("_FILE")
        }
        assert read == set(service["secrets"]), name
        assert read <= set(COMPOSE["secrets"])


def test_only_the_migrator_has_the_owners_password():
    having = [name for name in OURS if "database_url" in SERVICES[name]["secrets"]]
    assert having == ["migrate"]


def test_checkpoints_are_kept_by_the_worker_alone():
    keeping = {name: SERVICES[name].get("volumes", []) for name in OURS}
    assert {name for name, volumes in keeping.items() if volumes} == {"worker"}
    place = SERVICES["worker"]["environment"]["CHECKPOINT_DIR"]
    assert keeping["worker"] == [f"checkpoints:{place}"]
    assert "checkpoints" in COMPOSE["volumes"]
    assert f" {place}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
