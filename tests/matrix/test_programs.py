"""The authorization matrix: the addresses of programs."""

import pytest

from tests.matrix.parts import Note, assert_part
from tests.matrix.world import MatrixWorld

pytestmark = pytest.mark.django_db


def test_answers_as_the_table_says(world: MatrixWorld, note: Note) -> None:
    assert_part("programs", world, note)
