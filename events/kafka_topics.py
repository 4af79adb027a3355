"""Topics of the log on Kafka, made where they are missing and checked at every start. Used by kafka.py alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import AuthorizationError, KafkaError, TopicAlreadyExistsError

from events.kafka_options import KafkaOptions
from events.log import Unusable
from events.types import TOPICS

DAY = 86_400_000
"""ms."""

CREATED_WITHIN = 5_000
"""ms."""


def prepare(admin: KafkaAdminClient, options: KafkaOptions, shards: int) -> None:
    """Sees to it that every topic is there as it should be. Unusable: a line with the setting and the cure."""
    names = {options.prefix + topic for topic in TOPICS}
    there = _there(admin, names)
    if missing := sorted(names - set(there)):
        _create(admin, missing, options, shards)
        there = _there(admin, names)
    for name, partitions in sorted(there.items()):
        if partitions != shards:
            raise Unusable(
                f"topic {name} of Kafka at {options.where} has {partitions} partitions, not {shards}: set "
                f"TIDINGS_SHARDS={partitions} as it was at install, or name other topics by TIDINGS_KAFKA_PREFIX"
            )
    _check(admin, options, sorted(there))


def wanted(options: KafkaOptions) -> dict[str, int]:
    """The settings of a topic that matter here."""
    return {
        "retention.ms": int(options.days * DAY),
        "min.insync.replicas": options.insync,
        "max.message.bytes": options.max_bytes,
    }


def _there(admin: KafkaAdminClient, names: set[str]) -> dict[str, int]:
    """Topics that there are → their partitions."""
    described = admin.describe_topics(sorted(names))
    return {topic["name"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}


def _create(admin: KafkaAdminClient, missing: list[str], options: KafkaOptions, shards: int) -> None:
    if not options.create:
        raise Unusable(
            f"topic {missing[0]} of Kafka at {options.where} is missing: create it with {shards} partitions, "
            "or let TIDINGS_KAFKA_CREATE=true do so"
        )
    configs = {key: str(value) for key, value in wanted(options).items()}
    made = {
        name: {"num_partitions": shards, "replication_factor": options.replication, "configs": configs}
        for name in missing
    }
    try:
        admin.create_topics(made, timeout_ms=CREATED_WITHIN)
    except TopicAlreadyExistsError:
        pass  # another pod started at the same moment
    except AuthorizationError as error:
        raise Unusable(
            f"topic {missing[0]} of Kafka at {options.where} is missing and TIDINGS_KAFKA_USER may not create it "
            f"({error}): create it with {shards} partitions, or allow it"
        ) from error
    except KafkaError as error:
        raise Unusable(
            f"topic {missing[0]} could not be created on Kafka at {options.where} ({error}): "
            "see TIDINGS_KAFKA_REPLICATION and TIDINGS_KAFKA_INSYNC"
        ) from error
    admin.wait_for_topics(missing, timeout_ms=CREATED_WITHIN)


def _check(admin: KafkaAdminClient, options: KafkaOptions, names: list[str]) -> None:
    """A topic may keep more than it must, never less."""
    for name, configs in _configs(admin, names).items():
        if "compact" in str(configs.get("cleanup.policy", "")):
            raise Unusable(
                f"topic {name} has cleanup.policy={configs['cleanup.policy']}: set it to delete, or lose data"
            )
        for key, least in wanted(options).items():
            held = int(configs.get(key, least))
            if held < least and held >= 0:
                raise Unusable(
                    f"topic {name} of Kafka at {options.where} has {key}={held}, less than {least}: raise it there, "
                    f"or lower {SETTING[key]}"
                )


SETTING = {
    "retention.ms": "TIDINGS_KAFKA_DAYS",
    "min.insync.replicas": "TIDINGS_KAFKA_INSYNC",
    "max.message.bytes": "TIDINGS_KAFKA_MAX_BYTES",
}


def _configs(admin: KafkaAdminClient, names: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Topic → its settings; none where we may not look."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    try:
        described = admin.describe_configs(asked, config_filter="all")
    except AuthorizationError:
        return {}
    topics: Mapping[str, Any] = next(iter(described.values()), {})
    return {name: {key: held["value"] for key, held in configs.items()} for name, configs in topics.items()}
