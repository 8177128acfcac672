"""A NeRF learns a scene, renders it, and gives its surface."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from keras_gen.models.nerf import mesh, nerf_config
from keras_gen.ops import cameras

TINY = nerf_config.NeRFConfig.tiny()
POSE = cameras.look_at((0.0, -4.0, 1.0))


def build(**fields):
    return keras_gen.NeRF(dataclasses.replace(TINY, **fields))


def ball(points, directions):
    """Dense inside of a radius of 1; its colour is where it is."""
    away = tf.norm(points, axis=-1)
    return 0.5 + 0.5 * points / 2.0, 50.0 * tf.sigmoid(40.0 * (1.0 - away))


@pytest.mark.parametrize("field", nerf_config.FIELDS)
def test_views_have_the_size_of_the_config(field):
    model = build(field=field)
    found = model.render(POSE)
    assert found["images"].shape == (4, 5, 3)
    assert found["depth"].shape == found["opacity"].shape == (4, 5)
    assert np.abs(found["images"]).max() <= 1.0 + 1e-5
    both = model.render_path([POSE, POSE])
    np.testing.assert_allclose(both["images"][1], found["images"], atol=1e-6)


def test_a_larger_view_has_the_same_angle():
    model = build(num_coarse=64)
    model.field, model.coarse_field = ball, None
    small = model.render(POSE, view_size=(20, 24))["images"]
    large = model.render(POSE, view_size=(40, 48))["images"]
    pooled = large.reshape(20, 2, 24, 2, 3).mean(axis=(1, 3))
    assert np.abs(pooled - small).mean() < 0.05
    assert model.normals(POSE, view_size=(6, 7)).shape == (6, 7, 3)
    with pytest.raises(ValueError, match=r"`view_size` must be \(height"):
        model.render(POSE, view_size=(0, 5))


def test_chunks_change_nothing():
    views = [build(chunk_size=n).render(POSE)["images"] for n in (3, 100)]
    np.testing.assert_allclose(*views, atol=1e-5)


def test_a_step_in_a_block_is_a_step_at_all_points():
    """Whatever share of its samples a batch is asked at."""
    model = build(field="hash", occupancy_warmup_steps=0)
    cells = np.zeros(64, np.float32)
    cells[[21, 22, 37]] = 1.0
    model._cells.assign(cells)
    rays = cameras.pixel_rays(
        tf.constant(POSE[np.newaxis]), tf.constant([5.0]), 4, 5
    )
    rays = tf.reshape(rays, (-1, 6))
    found = [model.trace(rays, share=share)[1].rgb for share in (None, 1)]
    np.testing.assert_allclose(*found, atol=1e-6)


def test_empty_cells_are_found():
    model = build(field="voxel", occupancy_warmup_steps=1, num_coarse=32)
    # All but one corner of the scene is empty.
    table = np.full((6, 6, 6, 5), -1.0, np.float32)
    table[:3, :3, :3, 0] = 1.0
    model.field._table.assign(table.reshape(-1, 5))
    model.compile(keras_gen.Adam(0.0))
    rays = np.zeros((8, 6), np.float32)
    rays[:, 3] = 1.0
    model.fit(rays, np.zeros((8, 3), np.float32), batch_size=4, verbose=0)
    cells = model._cells.numpy().reshape(4, 4, 4)
    assert cells[0, 0, 0]
    assert not cells[3:].any()


def test_the_mesh_of_a_ball_has_its_volume():
    pytest.importorskip("skimage")
    pytest.importorskip("trimesh")
    found = mesh.of(ball, 1.5, 64, 25.0)
    assert found.is_watertight
    assert found.volume == pytest.approx(4.0 / 3.0 * np.pi, rel=0.02)


def test_an_empty_field_has_no_mesh():
    pytest.importorskip("skimage")
    pytest.importorskip("trimesh")
    with pytest.raises(ValueError, match="train longer if the field is empty"):
        build(field="hash").to_mesh(8, 1000.0)


def test_normals_face_the_camera():
    model = build(view_size=(20, 20), focal=20.0, num_coarse=256, num_fine=0)
    model.field = ball
    found = model.normals(POSE)
    assert found[10, 10] @ POSE[:3, 2] > 0.9
    assert ((found @ POSE[:3, 2])[found.any(-1)] > 0).mean() > 0.9
    assert not found[0, 0].any()
    with pytest.raises(ValueError, match="depths are lengths"):
        build(ndc=True, near=0.0, far=1.0).normals(POSE)


def test_rays_in_normalized_device_coordinates():
    model = build(ndc=True, near=0.0, far=1.0)
    found = model.render(np.eye(4))
    assert found["depth"].min() >= 0.0 and found["depth"].max() <= 1.0


def test_the_endpoint_renders_as_python_does():
    model = build()
    found = model.run("render", poses=POSE[np.newaxis], focal=np.float32([5.0]))
    image = tf.io.decode_png(found["images_bytes"][0]).numpy()
    expected = (model.render(POSE)["images"] + 1.0) * 127.5
    np.testing.assert_allclose(image, expected, atol=0.51)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"near": 6.0, "far": 2.0}, "`near` must be less than `far`"),
        ({"ndc": True}, "`near` and `far` are 0 and 1"),
        ({"coarsest_size": 99}, "`coarsest_size` must be at most"),
        ({"field": "octree"}, "`field` must be one of mlp, voxel, hash"),
    ],
)
def test_what_does_not_fit_is_refused(fields, words):
    with pytest.raises(ValueError, match=words):
        build(**fields)


def test_a_pose_that_is_no_rotation_is_refused():
    with pytest.raises(ValueError, match="must be rotations and positions"):
        build().render(2.0 * POSE)
