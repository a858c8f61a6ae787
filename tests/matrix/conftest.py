"""One world for the tests of this folder."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.matrix.standing import standing
from tests.matrix.world import MatrixWorld
from tests.worlds.conftest import note as note  # noqa: PLC0414


@pytest.fixture(scope="package")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MatrixWorld]:
    """Give the world of the matrix."""
    with standing(django_db_blocker, tmp_path_factory.mktemp("checkpoints")) as world:
        yield world
