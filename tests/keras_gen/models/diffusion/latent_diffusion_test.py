"""What can be asked of a latent diffusion model."""

import dataclasses
import io

import keras
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf

import keras_gen
from keras_gen import networks
from tests.keras_gen.models.diffusion import stirred

TINY = keras_gen.LatentDiffusionConfig.tiny()
SIZES = {"widths": (4, 8), "num_blocks": 1, "num_groups": 2}
CAPTIONS = np.array(["a cat", "two dogs", "", "a cat \N{CAT FACE}"])
IMAGES = np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 3))
IMAGES = IMAGES.astype(np.float32)


def autoencoder():
    return {
        "encoder": networks.kl_encoder(**SIZES),
        "decoder": networks.kl_decoder(**SIZES),
    }


@pytest.fixture(scope="module")
def model():
    """The prompt matters to it."""
    keras.utils.set_random_seed(0)
    return stirred.stirred(keras_gen.LatentDiffusion(TINY, **autoencoder()))


def asked(prompts, scale=TINY.guidance_scale, seed=5):
    rows = len(prompts)
    return {
        "prompt": np.array([each.encode() for each in prompts], object),
        "negative_prompt": np.array([b""] * rows, object),
        "guidance_scale": np.full(rows, scale, np.float32),
        "seed": np.arange(seed, seed + rows, dtype=np.int32),
    }


def test_the_server_returns_the_png_of_what_python_draws(model):
    prompts = ["a cat", "two dogs"]
    files = model.run("text_to_image", **asked(prompts))["images_bytes"]
    drawn = model.generate(prompts, seed=5)
    for file, image in zip(files.numpy(), drawn.numpy(), strict=True):
        levels = np.asarray(PIL.Image.open(io.BytesIO(file)), np.float32)
        assert np.abs(levels - (image + 1) * 127.5).max() <= 1.0


def test_batch_mates_do_not_change_a_picture(model):
    together = model.run("text_to_image", **asked(["a cat", "two dogs"]))
    alone = model.run("text_to_image", **asked(["a cat"]))
    assert together["images_bytes"][0] == alone["images_bytes"][0]


def test_the_prompt_matters_and_what_is_not_wanted_too(model):
    first, second, third = (
        model.generate(["a cat"], negative_prompts=negative, seed=1)
        if prompt is None
        else model.generate([prompt], seed=1)
        for prompt, negative in (
            ("a cat", None),
            ("two dogs", None),
            (None, "two dogs"),
        )
    )
    assert np.abs(first - second).max() > 1e-3
    assert np.abs(first - third).max() > 1e-3


def test_the_parts_make_what_the_whole_makes(model):
    """Euler's method by hand; the host would do the same."""
    one = asked(["a cat"])
    tokens = model.run("tokenize", prompt=one["prompt"])["tokens"]
    none = model.empty_prompt(1)
    wanted, not_wanted = (
        model.run("encode_text", tokens=each)["context"]
        for each in (tokens, none)
    )
    start = model.run("start", seed=one["seed"])
    x, sigmas = start["x"], start["sigmas"][0].numpy()
    for sigma, lower in zip(sigmas, sigmas[1:], strict=False):
        led, plain = (
            model.run("denoise", x=x, sigma=[sigma], context=each)["latent"]
            for each in (wanted, not_wanted)
        )
        guess = plain + 3.0 * (led - plain)
        x = guess + lower / sigma * (x - guess)
    found = model.run("decode", latent=x)["images"]
    expected = model.generate(
        ["a cat"], seed=5, guidance_scale=3.0, solver="ddim"
    )
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_guidance_1_is_the_prompt_itself(model):
    x = tf.random.stateless_normal((2, 4, 4, 4), (0, 0))
    sigma = tf.constant([0.5, 2.0])
    context, negative = (
        tf.random.stateless_normal((2, 6, 8), (seed, 0)) for seed in (1, 2)
    )
    plain = model.denoise(x, sigma, context)
    for scale in (1.0, tf.ones(2)):
        guided = model.guided(context, negative, scale)(x, sigma)
        np.testing.assert_allclose(guided, plain, atol=1e-5)


def test_xla_draws_the_same(model):
    plain = model.generate(["a cat"], num_steps=2)
    compiled = model.generate(["a cat"], num_steps=2, jit_compile=True)
    np.testing.assert_allclose(compiled, plain, atol=1e-5)


def test_other_sizes_are_drawn_by_the_same_weights(model):
    assert model.generate(["a cat"], image_size=(16, 8)).shape == (1, 16, 8, 3)
    with pytest.raises(ValueError, match="`image_size` must be .* divide by 2"):
        model.generate(["a cat"], image_size=(9, 8))


def test_the_autoencoder_stays_as_it_was():
    networks_given = autoencoder()
    before = [w for n in networks_given.values() for w in n.get_weights()]
    model = keras_gen.LatentDiffusion(TINY, **networks_given)
    model.compile("sgd", run_eagerly=True)
    model.fit(IMAGES, CAPTIONS, epochs=2, verbose=0)
    after = [w for n in networks_given.values() for w in n.get_weights()]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


def test_all_captions_dropped_teaches_the_empty_prompt():
    config = dataclasses.replace(TINY, caption_dropout=1.0)
    model = keras_gen.LatentDiffusion(config)
    model.network.set_weights(
        [w + 0.1 for w in model.network.get_weights()]  # Its end starts at 0.
    )
    seed = tf.range(4)
    one, other = (
        model.losses(
            model.to_batch({"images": IMAGES, "captions": each}), seed, True
        )["loss"]
        for each in (CAPTIONS, CAPTIONS[::-1].copy())
    )
    np.testing.assert_array_equal(one, other)


def test_captions_validate_too():
    model = keras_gen.LatentDiffusion(TINY)
    model.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    validation = IMAGES[:2], CAPTIONS[:2]
    history = model.fit(
        IMAGES, CAPTIONS, validation_data=validation, verbose=0
    ).history
    expected = model.evaluate(*validation, verbose=0)
    assert history["val_loss"] == [pytest.approx(expected)]


def test_a_long_prompt_is_cut_with_a_warning(model):
    with pytest.warns(UserWarning, match="tokens, and 4 fit"):
        model.generate(["a cat and a dog and a bird"])
    found = model.run(
        "tokenize", prompt=np.array([b"a cat", b"a b c d e f"], object)
    )
    assert found["num_cut"].numpy().tolist() == [0, 2]


def test_ten_thousand_characters_are_a_prompt_too(model):
    with pytest.warns(UserWarning, match="fit"):
        images = model.generate(["cat " * 2500])
    assert np.isfinite(images).all()


def test_prompts_that_are_no_text_are_refused(model):
    with pytest.raises(TypeError, match="`texts` must be a sequence"):
        model.generate("a cat")
    with pytest.raises(ValueError, match="UTF-8|Unicode"):
        model.generate([b"\xff\xfe"])
    with pytest.raises(tf.errors.InvalidArgumentError):
        wrong = asked(["a cat"]) | {"prompt": np.array([b"\xff"], object)}
        model.run("text_to_image", **wrong)


def test_as_many_negative_prompts_as_prompts(model):
    with pytest.raises(ValueError, match="`negative_prompts` must be one text"):
        model.generate(["a cat"], negative_prompts=["a", "b"])


def test_half_an_autoencoder_is_refused():
    parts = autoencoder()
    with pytest.raises(ValueError, match="`decoder` is missing"):
        keras_gen.LatentDiffusion(TINY, encoder=parts["encoder"])
    other = networks.kl_decoder(**SIZES | {"widths": (4, 4, 8)})
    with pytest.raises(ValueError, match="`decoder` must make images of"):
        keras_gen.LatentDiffusion(TINY, encoder=parts["encoder"], decoder=other)


def test_spacings_that_count_timesteps_need_them():
    with pytest.raises(ValueError, match="`spacing` leading counts timesteps"):
        dataclasses.replace(TINY, spacing="leading")
