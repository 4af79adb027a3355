"""compose.yaml has the servers that services/ starts: the same versions and settings, on this machine alone."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from services import influx, kafka, s3
from services.every import SERVERS
from services.process import ROOT

TEXT = (ROOT / "compose.yaml").read_text()
COMPOSE: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
NAMED = dict(re.findall(r"^# +export (TIDINGS_\w+)=(\w+://\S+)$", TEXT, re.MULTILINE))
URL_OF = {
    "TIDINGS_LOG": "kafka",
    "TIDINGS_SERIES": "influx",
    "TIDINGS_DOCUMENTS": "mongo",
    "TIDINGS_OBJECTS": "s3",
    "TIDINGS_MQTT": "emqx",
}
OF_THE_PLACE = {"controller.quorum.voters", "listeners", "advertised.listeners", "log.dirs"}


def _image(service: str) -> tuple[str, str]:
    name, _, tag = COMPOSE[service]["image"].partition(":")
    return name, tag


def test_every_setting_is_named() -> None:
    assert set(NAMED) == {server.setting for server in SERVERS.values()} == set(URL_OF)


@pytest.mark.parametrize("setting", URL_OF)
def test_a_setting_leads_to_a_port_of_this_machine(setting: str) -> None:
    url = urlsplit(NAMED[setting])
    ports = COMPOSE[URL_OF[setting]]["ports"]
    assert [port.rsplit(":", 1)[0] for port in ports] == [f"127.0.0.1:{url.port}"]
    assert url.hostname == "127.0.0.1"


def test_nothing_is_open_to_others() -> None:
    ports = [port for service in COMPOSE.values() for port in service["ports"]]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_settings_have_the_form_that_services_prints() -> None:
    assert urlsplit(NAMED["TIDINGS_SERIES"]).path == f"/{influx.ORG}"
    assert urlsplit(NAMED["TIDINGS_OBJECTS"]).path == f"/{s3.BUCKET}"
    assert urlsplit(NAMED["TIDINGS_OBJECTS"]).username == s3.KEY


def test_versions_are_the_same() -> None:
    pom = dict(re.findall(r"<artifactId>([\w.-]+)</artifactId>\s*<version>([\d.]+)<", kafka.POM.read_text()))
    assert _image("kafka") == ("apache/kafka", pom["kafka_2.13"])
    assert _image("influx")[1] == influx.VERSION.lstrip("v").rpartition(".")[0]
    assert f"influxdb/v2 {influx.VERSION}\n" in (influx.RECIPE / "go.mod").read_text()
    assert _image("s3")[1] == s3.VERSION.read_text().strip()
    assert _image("mongo")[1] == "8"
    assert _image("emqx") == ("emqx/emqx", "5.8")


def test_kafka_is_set_up_alike() -> None:
    lines = [line for line in kafka.PROPERTIES.splitlines() if "=" in line and not line.startswith("#")]
    here = {name: value for name, _, value in (line.partition("=") for line in lines) if name not in OF_THE_PLACE}
    there = {str(name): str(value) for name, value in COMPOSE["kafka"]["environment"].items()}
    assert {name: there.get(f"KAFKA_{name.replace('.', '_').upper()}") for name in here} == here


def test_influx_and_s3_are_set_up_alike() -> None:
    said = COMPOSE["influx"]["environment"]
    assert said["DOCKER_INFLUXDB_INIT_ORG"] == influx.ORG
    assert said["DOCKER_INFLUXDB_INIT_BUCKET"] == influx.FIRST_BUCKET
    assert COMPOSE["s3"]["environment"]["VGW_REGION"] == s3.REGION
    assert COMPOSE["s3"]["environment"]["ROOT_ACCESS_KEY"] == s3.KEY
    assert f"mkdir -p /data/{s3.BUCKET} " in COMPOSE["s3"]["entrypoint"][-1]


def test_no_secret_is_written_down() -> None:
    said = [str(value) for service in COMPOSE.values() for value in service.get("environment", {}).items()]
    secrets = [line for line in said if re.search(r"PASSWORD|TOKEN|SECRET", line.split(",")[0])]
    assert secrets
    assert [line for line in secrets if "${TIDINGS_SECRET" not in line] == []
