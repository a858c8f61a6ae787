"""What every table of the house has in common."""

import re
import tomllib

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from tests.house.sources import ROOT, python_files

OURS = [
    model
    for config in apps.get_app_configs()
    if config.name.startswith(("clearinghouse", "accounts"))
    for model in config.get_models()
]
ZONES = {"public", "internal", "personal", "protected"}


def test_hides_relations_between_apps():
    shown = [
        f"{model._meta.label}.{field.name}"
        for model in OURS
        for field in model._meta.get_fields()
        if field.many_to_one or field.one_to_one or field.many_to_many
        if field.concrete
        and field.related_model._meta.app_label != model._meta.app_label
        and not field.remote_field.hidden
    ]
    assert shown == []


def test_names_constraints_after_their_app():
    wrong = [
        constraint.name
        for model in OURS
        for constraint in model._meta.constraints
        if not re.fullmatch(rf"{model._meta.app_label}_[a-z0-9_]+", constraint.name)
    ]
    assert wrong == []


def test_violates_each_constraint_on_purpose_in_some_test():
    texts = "\n".join(
        path.read_text(encoding="utf-8")
        for path in python_files("tests")
        if path.name != "test_tables.py"
    )
    untested = [
        constraint.name
        for model in OURS
        for constraint in model._meta.constraints
        if constraint.name not in texts
    ]
    assert untested == []


def test_classifies_every_column():
    with (ROOT / "tests/house/columns.toml").open("rb") as file:
        classes = tomllib.load(file)
    have = {
        model._meta.label_lower.replace(".", "_"): {
            field.name for field in model._meta.get_fields() if field.concrete
        }
        for model in OURS
    }
    assert {name: set(columns) for name, columns in classes.items()} == have
    assert {zone for columns in classes.values() for zone in columns.values()} <= ZONES


@pytest.mark.django_db
def test_misses_no_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_keeps_migrations_linear():
    loader = MigrationLoader(None, ignore_no_migrations=True)
    ours = {
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith(("clearinghouse", "accounts"))
    }
    forks = {label: leaves for label in ours if len(leaves := loader.graph.leaf_nodes(label)) > 1}
    assert forks == {}
