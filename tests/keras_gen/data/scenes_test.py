"""Scenes are read as they were written, or refused with the reason."""

import json

import numpy as np
import pytest

from keras_gen.data import analytic_scene, rays, scenes
from keras_gen.data.examples import DataError
from keras_gen.ops import cameras
from tests.keras_gen.data import scene_files


def test_blender(tmp_path):
    pixels, poses = scene_files.write_blender(tmp_path)
    scene = scenes.load("lego", "train", tmp_path)
    assert scene.focal == pytest.approx(scene_files.FOCAL)
    np.testing.assert_allclose(scene.poses, poses)
    np.testing.assert_array_equal(scene.images[..., 3], pixels[..., 3])
    shown = pixels[..., :3] * (pixels[..., 3:] / 255.0)
    np.testing.assert_allclose(scene.images[..., :3], shown, atol=0.51)


def test_archives(tmp_path):
    path = scene_files.write_npz(tmp_path / "lego.npz", far=np.float32(5.0))
    for place in (path, tmp_path):
        scene = scenes.load("lego", "test", place)
        assert (scene.near, scene.far, scene.image_size) == (2.0, 5.0, (6, 8))
    with pytest.raises(DataError, match="must hold val_rgba"):
        scenes.load("lego", "val", path)


def test_llff(tmp_path):
    """Its rows hold down, right, backwards, position and (H, W, focal)."""
    poses = scene_files.poses(9)
    rows = np.zeros((9, 17))
    right, up, back, position = np.moveaxis(poses[:, :3], 2, 0)
    hwf = np.broadcast_to([60.0, 80.0, 100.0], (9, 3))
    matrices = np.stack([-up, right, back, position, hwf], axis=2)
    rows[:, :15], rows[:, 15:] = matrices.reshape(9, 15), (2.0, 6.0)
    np.save(tmp_path / "poses_bounds.npy", rows)
    scene_files.write_images(tmp_path / "images", scene_files.images(9, 3))
    train, test = (scenes.load("f", s, tmp_path) for s in ("train", "test"))
    assert (len(train.images), len(test.images)) == (7, 2)
    assert train.focal == pytest.approx(10.0)
    assert train.near == 1.0 and train.far == pytest.approx(4.0)
    same_turns(np.concatenate([test.poses[:1], train.poses]), poses[:8])
    (tmp_path / "images" / "r_0.png").unlink()
    with pytest.raises(DataError, match="a row for each image"):
        scenes.load("f", "train", tmp_path)


def same_turns(found, expected):
    """Cameras stand to each other as those expected."""

    def between(poses):
        return np.linalg.inv(poses[0, :3, :3]) @ poses[:, :3, :3]

    np.testing.assert_allclose(between(found), between(expected), atol=1e-5)


def test_colmap(tmp_path):
    poses = scene_files.poses(9)
    place = tmp_path / "sparse" / "0"
    place.mkdir(parents=True)
    (place / "cameras.txt").write_text(
        "# a comment\n1 PINHOLE 8 6 10.0 10.0 4 3\n"
    )
    lines = []
    for i, pose in enumerate(poses):
        turn = (pose[:3, :3] * [1, -1, -1]).T

        q = quaternion(turn)

        t = -turn @ pose[:3, 3]
        numbers = " ".join(f"{v:.9f}" for v in [*q, *t])
        lines += [f"{i} {numbers} 1 r_{i}.png", "0 0 -1"]
    (place / "images.txt").write_text("\n".join(lines))
    (place / "points3D.txt").write_text(
        "1 0 0 0 9 9 9 0.1\n2 0.5 0 0 9 9 9 0.1\n"
    )
    scene_files.write_images(tmp_path / "images", scene_files.images(9, 3))
    train, test = (scenes.load("c", s, tmp_path) for s in ("train", "test"))
    assert train.focal == pytest.approx(10.0)
    same_turns(np.concatenate([test.poses[:1], train.poses]), poses[:8])
    (place / "cameras.txt").write_text("1 OPENCV 8 6 10 10 4 3 0 0 0 0")
    with pytest.raises(DataError, match="Undistort the images"):
        scenes.load("c", "train", tmp_path)


def quaternion(turn):
    """Of a rotation: the eigenvector of 1 of its symmetric matrix."""
    (a, b, c), (d, e, f), (g, h, i) = turn
    matrix = np.array(
        [
            [a + e + i, h - f, c - g, d - b],
            [h - f, a - e - i, b + d, c + g],
            [c - g, b + d, e - a - i, f + h],
            [d - b, c + g, f + h, i - a - e],
        ]
    )
    return np.linalg.eigh(matrix)[1][:, -1]


def test_the_analytic_scene_is_exact():
    """A ray into the middle of the great ball, and one past everything."""
    eye = np.array([0.0, -4.0, 0.1])
    found = analytic_scene.trace(
        np.array([[*eye, 0.0, 1.0, 0.0], [*eye, 0.0, 0.0, 1.0]])
    )
    assert found.depth.tolist() == [3.5, np.inf]
    assert found.hit.tolist() == [True, False]
    scene = scenes.load("analytic", "test")
    cameras.check_poses(scene.poses)
    assert 0.1 < (scene.images[..., 3] > 0).mean() < 0.7


def test_background_and_order_of_rays(tmp_path):
    scene_files.write_blender(tmp_path)
    scene = scenes.load("lego", "train", tmp_path)
    (batch,) = rays.pipeline(scene, 4 * 48, repeat=False)
    expected = scene.images[..., :3] + (255.0 - scene.images[..., 3:])
    levels = (batch["colors"].numpy() + 1.0) * 127.5
    np.testing.assert_allclose(
        levels.reshape(expected.shape), np.minimum(expected, 255), atol=1e-3
    )
    first = next(iter(rays.pipeline(scene, 16, seed=3, start_step=2)))
    batches = iter(rays.pipeline(scene, 16, seed=3))
    third = [next(batches) for _ in range(3)][2]
    np.testing.assert_array_equal(first["rays"], third["rays"])


def test_rays_come_from_the_middle_at_first(tmp_path):
    scene_files.write_blender(tmp_path)
    scene = scenes.load("lego", "train", tmp_path)
    whole, _ = scene.rays(True)
    whole = whole.reshape(4, 6, 8, 6)
    middle = {tuple(ray) for ray in whole[:, 1:5, 2:6].reshape(-1, 6)}
    batches = iter(rays.pipeline(scene, 64, precrop_steps=2))
    found = [next(batches)["rays"].numpy() for _ in range(3)]
    inside = [all(tuple(ray) in middle for ray in each) for each in found]
    assert inside == [True, True, False]


def write_odd_size(folder):
    scene_files.write_blender(folder)
    odd = np.zeros((1, 3, 3, 4), np.uint8)
    scene_files.write_images(folder / "train", odd)


def write_missing(folder):
    scene_files.write_blender(folder)
    (folder / "train" / "r_2.png").unlink()


def write_scaled(folder):
    matrices = scene_files.poses()
    matrices[1, :3, :3] *= 2.0
    scene_files.write_blender(folder, matrices=matrices)


def write_single(folder):
    scene_files.write_blender(
        folder, scene_files.images(1), scene_files.poses(2)[:1]
    )


def write_damaged(folder):
    (folder / "transforms_train.json").write_text("{")


def write_no_angle(folder):
    (folder / "transforms_train.json").write_text(json.dumps({"frames": []}))


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (write_odd_size, "must have one size"),
        (write_missing, "r_2.png, which does not exist"),
        (write_scaled, "must be rotations and positions"),
        (write_single, "two views or more"),
        (write_damaged, "must be JSON"),
        (write_no_angle, "camera_angle_x"),
        (lambda folder: None, "must hold a scene"),
    ],
)
def test_what_is_no_scene_is_refused(tmp_path, write, words):
    write(tmp_path)
    with pytest.raises(DataError, match=words):
        scenes.load("lego", "train", tmp_path)


def test_white_needs_opacity(tmp_path):
    scene_files.write_blender(tmp_path, scene_files.images(channels=3))
    scene = scenes.load("lego", "train", tmp_path)
    with pytest.raises(DataError, match="`white_background` needs images with"):
        scene.colors(white_background=True)
    assert scene.colors(white_background=False).shape == (4, 6, 8, 3)


def test_near_beyond_far_is_refused(tmp_path):
    path = scene_files.write_npz(tmp_path / "a.npz", near=np.float32(7.0))
    with pytest.raises(DataError, match="`near` less than `far`"):
        scenes.load("a", "train", path)


def test_other_arguments_are_refused(tmp_path):
    with pytest.raises(DataError, match="`data_dir` is missing"):
        scenes.load("lego")
    with pytest.raises(DataError, match="`data_dir` must exist"):
        scenes.load("lego", "train", tmp_path / "none")
    with pytest.raises(ValueError, match="`split` must be one of"):
        scenes.load("analytic", "all")
    scene = scenes.load("analytic", "val")
    with pytest.raises(ValueError, match="`batch_size` must be from 1"):
        rays.pipeline(scene, 0)
    with pytest.raises(ValueError, match="`precrop_share` must be"):
        rays.pipeline(scene, 8, precrop_share=0.0)
