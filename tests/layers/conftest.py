"""One world for the tests of the layers."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.matrix.standing import standing
from tests.matrix.world import MatrixWorld


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MatrixWorld]:
    """Give the world of the matrix to one file: other tests here change tables."""
    with standing(django_db_blocker, tmp_path_factory.mktemp("checkpoints")) as world:
        yield world
