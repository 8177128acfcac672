"""Rays start at cameras and pass through what the pixels show."""

import numpy as np
import pytest
import tensorflow as tf

from keras_gen.ops import cameras

FOCAL = tf.constant([10.0])


def test_the_middle_ray_looks_along_the_axis():
    pose = cameras.look_at((3.0, -2.0, 1.0))
    rays = cameras.pixel_rays(tf.constant(pose[np.newaxis]), FOCAL, 3, 5)[0]
    middle = rays[1, 2].numpy()
    np.testing.assert_allclose(middle[:3], [3.0, -2.0, 1.0])
    np.testing.assert_allclose(middle[3:], -pose[:3, 2], atol=1e-6)
    at_target = middle[:3] + np.sqrt(14.0) * middle[3:]
    np.testing.assert_allclose(at_target, 0.0, atol=1e-5)


def test_pixels_run_right_and_down():
    pose = tf.eye(4)[tf.newaxis]
    rays = cameras.pixel_rays(pose, FOCAL, 4, 6)[0].numpy()
    right, down = rays[0, 1] - rays[0, 0], rays[1, 0] - rays[0, 0]
    np.testing.assert_allclose(right[3:], [0.1, 0.0, 0.0], atol=1e-7)
    np.testing.assert_allclose(down[3:], [0.0, -0.1, 0.0], atol=1e-7)
    np.testing.assert_allclose(rays[..., 5], -1.0)  # A unit of depth.


def test_poses_are_right_handed_rotations():
    poses = cameras.turntable(7, 4.0, 0.5)
    cameras.check_poses(poses)
    np.testing.assert_allclose(np.linalg.norm(poses[:, :3, 3], axis=1), 4.0)


def test_normalized_device_coordinates_map_the_frustum_to_a_cube():
    """Points of a ray stay on it, the near plane is -1, infinity 1."""
    rays = tf.constant([[0.1, -0.2, 0.3, 0.2, 0.1, -1.0]])
    found = cameras.to_ndc(rays, 10.0, 8, 12)[0].numpy()
    assert found[2] == pytest.approx(-1.0)
    assert found[2] + found[5] == pytest.approx(1.0)
    depth = 3.0
    point = rays[0, :3] + depth * rays[0, 3:]
    x, y, z = point.numpy()
    expected = [-10.0 / 6 * x / z, -10.0 / 4 * y / z, 1.0 + 2.0 / z]  # Eq. 25
    step = (expected[2] - found[2]) / found[5]
    np.testing.assert_allclose(found[:3] + step * found[3:], expected, 1e-5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p[0, 0].__imul__(2.0), "rotations and positions"),
        (lambda p: p[0, :3, 0].__imul__(-1.0), "rotations and positions"),
        (lambda p: p[0, 3].__iadd__(1.0), "0 0 0 1 as last row"),
        (lambda p: p[0, :3, 3].fill(np.nan), "must be finite"),
    ],
)
def test_other_matrices_are_refused(change, words):
    poses = cameras.turntable(2, 4.0, 0.5)
    change(poses)
    with pytest.raises(ValueError, match=words):
        cameras.check_poses(poses)


def test_an_eye_at_its_target_is_refused():
    with pytest.raises(ValueError, match="`eye` must differ from `target`"):
        cameras.look_at((0, 0, 0))
