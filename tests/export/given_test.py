"""Inputs from files of arrays, from numbers and from any files."""

import numpy as np
import pytest

from export import given

NONE = {"seeds": [], "labels": []}


def test_all_three_come_together(tmp_path):
    np.savez(tmp_path / "in.npz", strength=np.float32([0.5, 1.0]))
    files = []
    for name, content in (("a", b"one\x00"), ("b", b"two")):
        (tmp_path / name).write_bytes(content)
        files.append(f"image_bytes={tmp_path / name}")
    found = given.inputs(
        tmp_path / "in.npz", {"seeds": ["3", "4"], "labels": []}, files
    )
    assert sorted(found) == ["image_bytes", "seed", "strength"]
    assert found["image_bytes"].tolist() == [b"one\x00", b"two"]
    assert found["seed"] == [3, 4]


def test_what_does_not_fit_is_explained(tmp_path):
    with pytest.raises(ValueError, match="must be name=path, .*'photo.jpg'"):
        given.inputs(None, NONE, ["photo.jpg"])
    with pytest.raises(OSError, match="missing"):
        given.inputs(None, NONE, ["image_bytes=missing"])
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(ValueError, match="in both --inputs and --files"):
        given.inputs(
            None,
            {"seeds": ["1"], "labels": []},
            [f"seed={tmp_path / 'a'}"],
        )
