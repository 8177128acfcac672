"""Every pixel model: probabilities, cached sampling, completion, mistakes."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

import keras_gen
from benchmarks import pixel_sampling

SMALL = {"image_shape": (4, 4, 1), "width": 6, "num_layers": 1}
HEADED = SMALL | {"kernel_size": 3, "head_width": 6, "num_levels": 3}
COLOUR = {"image_shape": (3, 3, 3), "width": 12}
MAKERS = {
    "cnn": lambda **f: keras_gen.PixelCNN(**HEADED | f),
    "gated": lambda **f: keras_gen.GatedPixelCNN(**HEADED | f),
    "plus_plus": lambda **f: keras_gen.PixelCNNPlusPlus(
        **SMALL | {"num_levels": 5, "num_components": 2} | f
    ),
    "diagonal": lambda **f: keras_gen.PixelRNN(**HEADED | f),
    "row": lambda **f: keras_gen.PixelRNN(**HEADED | {"kind": "row"} | f),
}


def perturbed(model):
    """With weights that make values likely that are not all alike."""
    random = np.random.default_rng(0)
    for variable in model.trainable_variables:
        noise = random.normal(size=variable.shape).astype(np.float32)
        variable.assign(variable + 0.4 * noise)
    return model


def images_of(model, num, seed=0):
    """Images of the declared levels, at random."""
    return model.image_spec.example(num, seed)


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("name", MAKERS)
def test_remembered_columns_draw_what_whole_images_draw(name, colour):
    fields = COLOUR if colour else {}
    model = perturbed(MAKERS[name](num_classes=2, temperature=0.8, **fields))
    seed, labels = tf.range(5, 9), tf.constant([0, 1, 1, 0])
    naive = tf.function(lambda: pixel_sampling.naive(model, seed, labels))
    expected = naive()[:, 1:].numpy().reshape(4, *model.config.image_shape)
    drawn = model.run("generate", seed=seed, labels=labels)["images"]
    np.testing.assert_array_equal(model.tokens_of(drawn), expected)
    assert len(np.unique(expected)) > 1


@pytest.mark.parametrize("name", MAKERS)
def test_probabilities_of_all_images_sum_to_one(name):
    model = perturbed(MAKERS[name](image_shape=(2, 3, 1), num_levels=2))
    every = np.array(list(itertools.product((-1.0, 1.0), repeat=6)), "f4")
    log_prob = model.log_prob(every.reshape(-1, 2, 3, 1))
    assert np.exp(log_prob).sum() == pytest.approx(1.0, abs=1e-5)
    bits = model.bits_per_dim(every.reshape(-1, 2, 3, 1))
    np.testing.assert_allclose(bits, -log_prob / np.log(2) / 6, rtol=1e-5)


@pytest.mark.parametrize("name", MAKERS)
def test_derivatives_by_what_comes_later_are_zero(name):
    model = perturbed(MAKERS[name](**COLOUR | {"num_levels": 4}))

    @tf.function
    def derivative(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            found = tf.reshape(model.log_probs_of(images), (1, 27))
        return tape.jacobian(found, images, experimental_use_pfor=False)

    found = derivative(tf.constant(images_of(model, 1))).numpy()
    later = np.triu_indices(27)
    assert (found.reshape(27, 27)[later] == 0.0).all()
    assert np.any(found)


def test_values_are_drawn_as_often_as_they_are_likely():
    model = perturbed(MAKERS["gated"](image_shape=(2, 2, 1), num_levels=2))
    every = np.array(list(itertools.product((0, 1), repeat=4)), np.int32)
    images = model.values_of(every.reshape(-1, 2, 2, 1)).numpy()
    probability = np.exp(model.log_prob(images))
    count = 20_000
    drawn = model.generate(count, seed=3, jit_compile=False)
    tokens = model.tokens_of(drawn).numpy().reshape(count, 4)
    share = np.bincount(tokens @ [8, 4, 2, 1], minlength=16) / count
    error = np.sqrt(probability * (1 - probability) / count)
    assert (np.abs(share - probability) < 5 * error + 1e-4).all()


@pytest.mark.parametrize("name", MAKERS)
def test_completion_keeps_what_is_known_and_follows_from_it(name):
    model = perturbed(MAKERS[name]())
    images = images_of(model, 2)
    mask = np.zeros((4, 4), bool)
    mask[:2] = mask[3, 1] = True
    found = model.complete(images, mask, num=6, seed=1, jit_compile=False)
    found = found.numpy()
    assert found.shape == (2, 6, 4, 4, 1)
    kept = np.repeat(images[:, None], 6, axis=1)
    np.testing.assert_allclose(found[:, :, mask], kept[:, :, mask], atol=1e-6)
    assert np.std(found[:, :, ~mask], axis=1).max() > 0
    # What is hidden, and what stands in its place, do not matter.
    images[:, ~mask] = np.nan
    again = model.complete(images, mask, num=6, seed=1, jit_compile=False)
    np.testing.assert_array_equal(again, found)
    # Before the first hidden pixel all is as given; so is what follows.
    whole = model.generate(1, seed=9, jit_compile=False)
    upper = np.zeros((4, 4), bool)
    upper[:1] = True
    rest = model.complete(whole, upper, seed=9, jit_compile=False)[:, 0]
    np.testing.assert_array_equal(rest, whole)


def test_masks_of_each_image():
    model = perturbed(MAKERS["cnn"]())
    images = images_of(model, 2)
    masks = np.ones((2, 4, 4), np.int32)
    masks[0, 1, 1] = masks[1, 2] = 0
    together = model.complete(images, masks, seed=4, jit_compile=False)
    for row in range(2):
        alone = model.complete(
            images[row : row + 1], masks[row], seed=4 + row, jit_compile=False
        )
        np.testing.assert_array_equal(alone[0], together[row])


def test_temperature():
    model = perturbed(MAKERS["cnn"]())
    cold = model.generate(3, temperature=1e-3, jit_compile=False)
    np.testing.assert_array_equal(cold[0], cold[1])  # The likeliest.
    warm = model.generate(3, jit_compile=False)
    same = model.generate(3, temperature=1.0, jit_compile=False)
    np.testing.assert_array_equal(warm, same)
    assert np.any(warm[0] != warm[1])


def test_xla_draws_the_same():
    model = perturbed(MAKERS["gated"](image_shape=(3, 3, 1)))
    one, other = (model.generate(4, jit_compile=jit) for jit in (True, False))
    np.testing.assert_array_equal(model.tokens_of(one), model.tokens_of(other))


@pytest.fixture(scope="module")
def model():
    return MAKERS["cnn"](num_classes=3)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((4, 4)), "hides nothing, of image 0. Set what is hidden"),
        (np.zeros((4, 4)), "hides everything, of image 0. Use `generate`"),
        (np.ones((3, 4)), r"`mask` must have shape \[4, 4\], or \[2, 4, 4\]"),
        (np.full((4, 4), 0.5), "`mask` must be 1 where a pixel is known"),
    ],
)
def test_masks_that_are_refused(model, mask, message):
    with pytest.raises(ValueError, match=message):
        model.complete(images_of(model, 2), mask, label=0)


def test_mistakes(model):
    images, mask = images_of(model, 2), np.eye(4, dtype=bool)
    with pytest.raises(ValueError, match="`images` must have the 3 values"):
        model.fit(images * 0.9, np.array([0, 1]))
    with pytest.raises(ValueError, match="`images` must have the 3 values"):
        model.log_prob(images * 0.9, label=0)
    with pytest.raises(ValueError, match="`labels` must lie in"):
        model.generate(2, label=3)
    with pytest.raises(ValueError, match="`labels` must lie in"):
        model.log_prob(images, label=-1)
    with pytest.raises(ValueError, match="`label` is missing"):
        model.complete(images, mask)
    with pytest.raises(ValueError, match="`num` must be at least 1"):
        model.complete(images, mask, num=0, label=0)
    for temperature in (0.0, -1.0):
        with pytest.raises(ValueError, match="`temperature` must be above 0"):
            model.generate(2, temperature=temperature)
    with pytest.raises(ValueError, match="`label` needs a model with classes"):
        MAKERS["row"]().generate(1, label=1)


def test_a_network_of_ones_own(model):
    network = model.network
    own = keras_gen.PixelCNN(network=network, config=model.config)
    assert own.network is network
    with pytest.raises(ValueError, match="`network` must map images"):
        keras_gen.PixelCNN(network=network, image_shape=(4, 4, 1))


def test_configs_that_are_refused():
    with pytest.raises(ValueError, match="`width` must be a multiple of 6"):
        keras_gen.PixelCNNConfig(image_shape=(8, 8, 3), width=8)
    with pytest.raises(ValueError, match="`kernel_size` must be odd"):
        keras_gen.PixelRNNConfig(kernel_size=4)
    with pytest.raises(ValueError, match="`kernel_size` must be at most twice"):
        keras_gen.GatedPixelCNNConfig(image_shape=(8, 2, 1))
