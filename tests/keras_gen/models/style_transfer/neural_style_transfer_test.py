"""Pixels move to the content of one image and the style of another."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from tests.keras_gen.models.style_transfer import style_networks

CONFIG = keras_gen.NeuralStyleTransferConfig.tiny()
CONTENT, STYLE = style_networks.image(), style_networks.image(18, 17, seed=1)


@pytest.fixture(scope="module")
def model():
    features = style_networks.vgg(CONFIG.layers)
    return keras_gen.NeuralStyleTransfer(CONFIG, features=features)


def loss_of(model, image, content=CONTENT, style=STYLE):
    targets = model.targets(tf.constant(content), [tf.constant(style)], [1.0])
    image = tf.constant(image)
    return float(model.objective.losses(image, targets)["loss"][0])


def test_lbfgs_ends_lower_than_adam_after_as_many_evaluations(model):
    seen = []
    image = model.stylize(CONTENT, STYLE, num_steps=20, watch=seen.append)
    assert image.shape == CONTENT.shape and np.abs(image).max() <= 1
    assert len(seen) == 2
    losses = [float(each.loss) for each in seen]
    assert losses[1] < losses[0] < loss_of(model, CONTENT)
    adam = model.stylize(
        CONTENT,
        STYLE,
        optimizer=keras.optimizers.Adam(0.01),
        num_steps=int(seen[-1].num_evaluations) - 1,
    )
    assert losses[1] < loss_of(model, adam) < loss_of(model, CONTENT)


def test_features_in_bfloat16_lead_to_a_lower_loss_in_float32(model):
    features = style_networks.vgg(CONFIG.layers, dtype="mixed_bfloat16")
    other = keras_gen.NeuralStyleTransfer(CONFIG, features=features)
    for mine, weight in zip(
        features.weights, model.features.weights, strict=True
    ):
        mine.assign(weight)
    image = other.stylize(CONTENT, STYLE, num_steps=10)
    assert loss_of(model, image) < 0.7 * loss_of(model, CONTENT)


def test_shares_of_a_style_are_that_style(model):
    both = model.stylize(CONTENT, [STYLE, STYLE], num_steps=2)
    one = model.stylize(CONTENT, STYLE, num_steps=2)
    np.testing.assert_allclose(both, one, atol=1e-3)
    first = model.stylize(
        CONTENT, [STYLE, CONTENT], shares=[1.0, 0.0], num_steps=2
    )
    np.testing.assert_allclose(first, one, atol=1e-3)


def test_colours_can_stay(model):
    image = model.stylize(CONTENT, STYLE, num_steps=2, keep_colors=True)
    inside = np.all(np.abs(image) < 0.999, axis=-1)
    assert inside.any()
    colors = [tf.image.rgb_to_yuv(each)[..., 1:] for each in (image, CONTENT)]
    np.testing.assert_allclose(colors[0][inside], colors[1][inside], atol=1e-4)


def test_it_begins_where_it_is_told_and_grows(model):
    content = style_networks.image(33, 40)
    starts = [
        model.stylize(
            content, STYLE, optimizer=keras.optimizers.SGD(0.0), **options
        )
        for options in (
            {"num_steps": 1},
            {"num_steps": 1, "start": "noise"},
            {"num_steps": 1, "start": "style"},
            {"num_steps": 1, "num_scales": 2},
        )
    ]
    np.testing.assert_array_equal(starts[0], content)
    assert np.abs(starts[1]).max() <= 0.2
    assert all(each.shape == content.shape for each in starts)


def test_the_endpoint_is_the_same_optimisation(model):
    content, style = (style_networks.image(16, 16, seed=k) for k in (2, 3))
    answer = model.run(
        "stylize",
        content=np.repeat(content, 2, axis=0),
        style=np.repeat(style, 2, axis=0),
        num_steps=np.array([1, 2], np.int32),
    )["images"]
    for index, count in enumerate((1, 2)):
        expected = model.stylize(content, style, num_steps=count)
        np.testing.assert_allclose(answer[index], expected[0], atol=1e-3)


def test_fit_trains_its_image(model):
    rows = {
        "content": style_networks.image(16, 16),
        "style": style_networks.image(16, 16, seed=1),
    }
    model.compile(keras_gen.Adam(0.05))
    before = model.evaluate(rows, verbose=0, return_dict=True)["loss"]
    model.fit(rows, epochs=5, verbose=0)
    assert model.evaluate(rows, verbose=0, return_dict=True)["loss"] < before
    assert len(model.trainable_variables) == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"content": CONTENT[:, :1, :1]}, "at least 16 pixels on each side"),
        (
            {"content": CONTENT[..., :1]},
            "must have 3 channels, RGB. Received 1",
        ),
        (
            {"content": np.zeros((1, 20, 24, 4), np.float32)},
            "what has opacity on a background",
        ),
        (
            {"content": np.zeros((1, 2500, 2000, 3), np.float32)},
            "at most 4,000,000 in all. Received 2500x2000",
        ),
        ({"content": 3 * CONTENT}, r"`content` must lie in \[-1"),
        ({"content": np.repeat(CONTENT, 2, axis=0)}, "must be one image"),
        ({"shares": [0.5, 0.5]}, "`shares` must be 1 numbers that add up"),
        ({"start": "middle"}, "`start` must be one of content, noise, style"),
        ({"num_scales": 3}, "the smallest size at least 16 pixels"),
        ({"num_steps": 0}, "`num_steps` and `num_scales` must be 1 or more"),
    ],
)
def test_bad_input_is_explained(model, arguments, text):
    arguments = {"content": CONTENT, "style": STYLE} | arguments
    with pytest.raises(ValueError, match=text):
        model.stylize(**arguments)


def test_layers_that_are_not_there_are_listed():
    features = style_networks.vgg(["block1_conv1"])
    with pytest.raises(ValueError, match="returns block1_conv1. Choose of"):
        keras_gen.NeuralStyleTransfer(CONFIG, features=features)
    with pytest.raises(ValueError, match="must be of block1_conv1, .*nose"):
        style_networks.vgg(["nose"])
    with pytest.raises(ValueError, match="at least 16;.* Received: .8, 32, 3"):
        keras_gen.NeuralStyleTransferConfig(image_shape=(8, 32, 3))
    with pytest.raises(ValueError, match="`style_layers` must be names"):
        keras_gen.NeuralStyleTransferConfig(style_layers="a,,b")
    with pytest.raises(ValueError, match="must be 5 numbers, one for each"):
        keras_gen.NeuralStyleTransferConfig(style_layer_weights=(1, 2))
