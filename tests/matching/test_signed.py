import pytest
from clearinghouse.matching import queries
from tests.factories.matching import make_world
pytestmark = pytest.mark.django_db

def test_x():
    world = make_world([(0,1),(0,1),(1,0),(0,)])
    for i,l in enumerate(["en","fr","es","ar"]):
        f = queries.signed_explanation_for(world.workers[i], world.round, language=l)
        print(f.letter.as_text()); print(len(f.token))
        open(f"/tmp/ex/{l}.pdf","wb").write(queries.explanation_paper_for(world.workers[i], world.round, language=l))
