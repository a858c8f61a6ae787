"""Rows are written in services only, and doors touch no tables."""

import ast

from tests.house.sources import DOORS, python_files, short, tree_of

WRITERS = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "aupdate",
    "acreate",
    "adelete",
    "asave",
}
# The audit writes beside the services whose acts it keeps; the adapter fits django-allauth to the
# house; the key of a person is made by whoever encrypts first.
ALLOWED = {
    "accounts/letters.py",
    "clearinghouse/audit/checkpoints.py",
    "clearinghouse/audit/reads.py",
    "clearinghouse/audit/trail.py",
    "clearinghouse/audit/verifying.py",
    "clearinghouse/protection/keys.py",
}
# `update` and friends are words of sets, dictionaries, sessions, digests, forms and pictures too.
OTHER_OWNERS = {
    *("self", "session", "digest", "hasher", "seen", "catalogue", "environment", "env", "picture"),
    "answered",
}


def _is_service(name: str) -> bool:
    return name.endswith("/services.py") or "/services/" in name


def _calls(path):
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node


def _on_manager(call: ast.Call) -> bool:
    text = ast.unparse(call.func)
    return ".objects" in text or ".filter(" in text or "_base_manager" in text


def test_writes_rows_in_services_only():
    offenders = [
        f"{short(path)}:{call.lineno} {ast.unparse(call.func)}"
        for path in python_files("clearinghouse", "accounts")
        if not _is_service(short(path))
        and short(path) not in ALLOWED
        and "/engine/" not in short(path)
        and "/demo/" not in short(path)
        and "/embedded/" not in short(path)
        and "/bench/" not in short(path)
        for call in _calls(path)
        if call.func.attr in WRITERS
        and (_on_manager(call) or call.func.attr in {"save", "bulk_create", "bulk_update"})
        and ast.unparse(call.func.value) not in OTHER_OWNERS
        and "super()" not in ast.unparse(call.func)
    ]
    assert offenders == []


def test_keeps_tables_out_of_doors():
    offenders = [
        f"{short(path)}:{node.lineno}"
        for door in DOORS
        for path in python_files(f"clearinghouse/{door}")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_base_manager"}
    ]
    assert offenders == []


def test_uses_no_signals_and_no_generic_relations():
    words = {"post_save", "pre_save", "post_delete", "GenericForeignKey", "get_model"}
    offenders = [
        f"{short(path)}:{node.lineno}"
        for path in python_files("clearinghouse", "accounts")
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in words)
        or (isinstance(node, ast.Name) and node.id in words)
    ]
    assert offenders == []


def test_asks_for_the_time_at_doors_only():
    offenders = [
        f"{short(path)}:{node.lineno}"
        for path in python_files("clearinghouse", "accounts")
        if not short(path).startswith(tuple(f"clearinghouse/{door}/" for door in DOORS))
        and "/embedded/" not in short(path)
        and short(path) not in {"clearinghouse/shared/clock.py", "accounts/adapter.py"}
        and short(path) not in {"accounts/views.py"}
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in {"timezone.now", "datetime.now", "date.today", "time.time", "clock.now"}
    ]
    assert offenders == []
