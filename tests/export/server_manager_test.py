"""The manager of versions, with versions that load in no time."""

import pytest
from tensorflow_serving.apis import get_model_status_pb2

from export.server import errors, manager, versions
from tests.export import saved_models

_name_of = get_model_status_pb2.ModelVersionStatus.State.Name


class _Fake:
    """Stands for a loaded SavedModel."""

    def __init__(self, version):
        self.version = version.number
        self.is_closed = False

    def close(self):
        self.is_closed = True


class _Managed:
    """A manager that runs, and what it does."""

    def __init__(self, base, load=_Fake, **policy):
        self.num_loads = 0
        self.available = []
        self._load = load
        self.manager = manager.Manager(
            "toy",
            base,
            self._counted,
            lambda: self.available.append(self.served()),
            manager.Policy(
                **{"poll_wait_seconds": 0.01, "load_retry_seconds": 0.01}
                | policy
            ),
        )

    def __enter__(self):
        self.manager.start()
        return self

    def __exit__(self, *exception):
        self.manager.stop()

    def _counted(self, version):
        self.num_loads += 1
        return self._load(version)

    def served(self):
        with self.manager.use(None) as fake:
            return fake.version

    def states(self):
        return {
            version: _name_of(status.state)
            for version, status in self.manager.states.all().items()
        }

    def wait_for(self, **states):
        expected = {int(name[1:]): state for name, state in states.items()}
        saved_models.wait_until(lambda: self.states() == expected)


def _fails(version):
    raise KeyError(version.number)


def test_numbers_are_versions_and_other_names_are_not(tmp_path):
    for name in ("7", "012", "12", "v3", "-4", "1.5", "9" * 30):
        (tmp_path / name).mkdir()
    (tmp_path / "99").touch()
    found = versions.find(tmp_path)
    assert [each.number for each in found] == [7, 12]
    assert found[-1].path == tmp_path / "12"


def test_a_version_in_use_is_closed_when_it_is_given_back(tmp_path):
    (tmp_path / "1").mkdir()
    with _Managed(tmp_path) as managed:
        managed.wait_for(v1="AVAILABLE")
        with managed.manager.use(None) as old:
            (tmp_path / "2").mkdir()
            managed.wait_for(v2="AVAILABLE", v1="UNLOADING")
            assert managed.served() == 2
            with pytest.raises(errors.ServingError, match="NOT_FOUND"):
                managed.manager.use(1).__enter__()
            assert not old.is_closed
        managed.wait_for(v2="AVAILABLE", v1="END")
        assert old.is_closed
    assert managed.available == [1, 2]


def test_a_version_that_comes_back_while_in_use_stays(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    with _Managed(tmp_path) as managed:
        managed.wait_for(v2="AVAILABLE")
        with managed.manager.use(2) as newest:
            (tmp_path / "2").rmdir()
            managed.wait_for(v1="AVAILABLE", v2="UNLOADING")
            (tmp_path / "2").mkdir()
            managed.wait_for(v2="AVAILABLE", v1="END")
        assert not newest.is_closed
        assert managed.num_loads == 2
        assert managed.served() == 2


def test_removing_the_newest_goes_back_and_the_last_stays(tmp_path):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    with _Managed(tmp_path) as managed:
        managed.wait_for(v2="AVAILABLE")
        (tmp_path / "2").rmdir()
        managed.wait_for(v1="AVAILABLE", v2="END")
        (tmp_path / "1").rmdir()
        (tmp_path / "x").mkdir()
        saved_models.wait_until(lambda: managed.manager._complaint)
        assert managed.states() == {1: "AVAILABLE", 2: "END"}
        assert managed.served() == 1


def test_loading_is_tried_as_often_as_allowed(tmp_path):
    (tmp_path / "1").mkdir()
    with _Managed(tmp_path, _fails, max_num_load_retries=3) as managed:
        managed.wait_for(v1="END")
        assert managed.num_loads == 4
        status = managed.manager.states.get(1)
        assert status.code.name == "INTERNAL"
        assert status.message == "KeyError: 1"
        # Put back, it gets a new chance.
        (tmp_path / "1").rmdir()
        saved_models.wait_until(lambda: managed.manager._complaint)
        (tmp_path / "1").mkdir()
        saved_models.wait_until(lambda: managed.num_loads == 8)


def test_a_newer_version_ends_the_retries_of_an_older_one(tmp_path):
    (tmp_path / "1").mkdir()

    def load(version):
        return _Fake(version) if version.number == 2 else _fails(version)

    with _Managed(tmp_path, load, load_retry_seconds=1e6) as managed:
        managed.wait_for(v1="LOADING")
        (tmp_path / "2").mkdir()
        managed.wait_for(v2="AVAILABLE", v1="END")
        assert managed.manager.states.get(1).message == "KeyError: 1"


def test_an_unexpected_error_does_not_end_the_watch(tmp_path, monkeypatch):
    find = iter([RuntimeError("odd"), []])

    def surprise(base):
        result = next(find, None)
        if isinstance(result, Exception):
            raise result
        return [versions.Version(1, base)] if result is None else result

    monkeypatch.setattr(versions, "find", surprise)
    with _Managed(tmp_path) as managed:
        managed.wait_for(v1="AVAILABLE")


def test_a_poll_wait_of_zero_looks_once(tmp_path):
    (tmp_path / "1").mkdir()
    with _Managed(tmp_path, poll_wait_seconds=0) as managed:
        managed.wait_for(v1="AVAILABLE")
        (tmp_path / "2").mkdir()
        for _ in range(2):  # When it wakes again, one look is over.
            managed.manager._wake.set()
            saved_models.wait_until(lambda: not managed.manager._wake.is_set())
        assert managed.states() == {1: "AVAILABLE"}


def test_only_the_last_versions_that_ended_are_remembered(tmp_path):
    with _Managed(tmp_path) as managed:
        for number in range(1, 30):
            (tmp_path / str(number)).mkdir()
            saved_models.wait_until(
                lambda n=number: managed.states().get(n) == "AVAILABLE"
            )
        saved_models.wait_until(lambda: managed.states().get(28) == "END")
        assert list(managed.states()) == list(range(29, 12, -1))


def test_what_is_wrong_with_the_base_path_is_said_once(tmp_path, caplog):
    base = tmp_path / "base"
    served = _Managed(base).manager
    for _ in range(3):
        assert served._newest() is None
    base.mkdir()
    (base / "saved_model.pb").touch()
    for _ in range(3):
        assert served._newest() is None
    first, second = (each.getMessage() for each in caplog.records)
    assert first.startswith(f"Could not find base path {base} for servable")
    assert second.endswith(
        "Did you forget to name your leaf directory as a number (eg. '/1/')?"
    )
