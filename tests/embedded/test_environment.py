"""Secrets of the demo: made once, kept, closed to others; never those of the caller's programs."""

import pytest
from joserfc.jwk import OKPKey

from clearinghouse.embedded import environment


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "VAR", tmp_path)


def test_keeps_the_key_that_signs(tmp_path):
    key = environment.demo_signing_key()
    assert environment.demo_signing_key() == key != environment.new_signing_key()
    assert (tmp_path / "signing_key").stat().st_mode & 0o777 == 0o600
    assert OKPKey.import_key(key).as_dict(private=False)["crv"] == "Ed25519"


def test_children_get_own_secrets_only(tmp_path, monkeypatch):
    monkeypatch.setenv("SIGNING_KEY_FILE", "/somewhere/else")
    monkeypatch.setenv("SIGNING_KEY", "of another program")
    found = environment.demo_environment({}, data=tmp_path)
    assert "SIGNING_KEY_FILE" not in found
    assert found["SIGNING_KEY"] == environment.demo_signing_key()
    assert found["SECRET_KEY"] == environment.demo_secret_key()
