"""The bounds of the VAE against a model whose log p(x) has a closed form.

    z ~ N(0, I),  x | z ~ N(W z + b, scale^2 I)  =>  x ~ N(b, W W^T + scale^2 I)

With orthogonal columns of W the posterior is a diagonal normal, so an encoder
can be given that is exact, and others that are not.
"""

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

import keras_gen

SHAPE, LATENT_SIZE, SCALE = (2, 2, 1), 2, 0.4
W = np.float32([[0.5, 0.1], [0.5, -0.1], [-0.3, 0.2], [0.3, 0.2]])
W[:, 1] -= W[:, 0] * (W[:, 0] @ W[:, 1]) / (W[:, 0] @ W[:, 0])
BIAS = np.float32([0.1, -0.2, 0.0, 0.3])
IMAGES = np.random.default_rng(0).uniform(-1, 1, (25, *SHAPE)).astype("f")

EXPECTED = scipy.stats.multivariate_normal.logpdf(
    IMAGES.reshape(-1, 4), BIAS, W @ W.T + SCALE**2 * np.eye(4)
)


def dense(inputs, outputs, matrix, bias):
    """One affine layer between two shapes, as a user would write it."""
    network = keras.Sequential(
        [
            keras.Input(inputs),
            keras.layers.Flatten(),
            keras.layers.Dense(len(bias)),
            keras.layers.Reshape(outputs),
        ]
    )
    network.set_weights([np.float32(matrix), np.float32(bias)])
    return network


def model(wider=1.0, shift=0.0, **fields):
    """The exact posterior, or one that is wider by a factor and shifted."""
    variance = 1 / (1 + (W**2).sum(0) / SCALE**2)
    matrix = W * variance / SCALE**2  # x - b to the mean of z.
    log_variance = np.log(variance) + 2 * np.log(wider)
    code = np.concatenate([matrix, np.zeros_like(matrix)], axis=1)
    bias = np.concatenate([shift - BIAS @ matrix, log_variance])
    return keras_gen.VAE(
        image_shape=SHAPE,
        latent_size=LATENT_SIZE,
        likelihood="gaussian",
        scale=SCALE,
        encoder=dense(SHAPE, (2 * LATENT_SIZE,), code, bias),
        decoder=dense((LATENT_SIZE,), SHAPE, W.T, BIAS),
        **fields,
    )


def losses(vae, images, first_seed=0):
    """Of each image, with seeds first_seed, first_seed + 1, ..."""
    seed = tf.range(first_seed, first_seed + len(images))
    found = vae.losses({"images": tf.constant(images)}, seed, training=False)
    return {name: value.numpy() for name, value in found.items()}


def repeated(count):
    return np.repeat(IMAGES[:1], count, axis=0)


def test_columns_are_orthogonal():
    assert abs(W[:, 0] @ W[:, 1]) < 1e-7


def test_weights_of_the_exact_posterior_are_log_p():
    """Whatever z is drawn, p(x, z) / q(z | x) is p(x)."""
    for count in (2, 7):
        found = losses(model(num_importance_samples=count), IMAGES)
        np.testing.assert_allclose(-found["loss"], EXPECTED, atol=1e-4)


def test_elbo_of_the_exact_posterior_is_log_p():
    found = losses(model(), repeated(20_000))
    error = found["elbo"].std() / np.sqrt(20_000)
    assert abs(found["elbo"].mean() - EXPECTED[0]) < 4 * error < 0.05
    np.testing.assert_array_equal(found["loss"], -found["elbo"])


def test_rate_is_that_of_samples():
    vae = model(wider=1.5, shift=0.3)
    q = vae.posterior(tf.constant(IMAGES[:1]))
    latent = q.sample(50_000, seed=1)
    difference = q.log_prob(latent) - vae.prior.log_prob(latent)
    found = losses(vae, IMAGES[:1])["rate"][0]
    error = np.std(difference) / np.sqrt(50_000)
    assert abs(np.mean(difference) - found) < 4 * error < 0.05


def test_the_bound_rises_with_k_towards_log_p():
    images = repeated(2000)
    bounds = [
        -losses(
            model(wider=1.6, shift=0.4, num_importance_samples=count), images
        )["loss"].mean()
        for count in (1, 2, 8, 64)
    ]
    assert np.all(np.diff(bounds) > 0.01)
    assert EXPECTED[0] - 0.05 < bounds[-1] < EXPECTED[0] + 0.01


def test_the_bound_is_no_less_than_the_elbo():
    found = losses(
        model(wider=1.6, shift=0.4, num_importance_samples=5), repeated(2000)
    )
    assert -found["loss"].mean() > found["elbo"].mean() + 0.1


@pytest.mark.parametrize("num_samples", [1, 130])
def test_log_prob_of_the_exact_posterior_is_log_p(num_samples):
    """130 samples are one chunk of 100 and part of another."""
    found = model().log_prob(IMAGES, num_samples, jit_compile=False)
    assert found.shape == (25,) and found.dtype == np.float32
    np.testing.assert_allclose(found, EXPECTED, atol=1e-4)


def test_log_prob_of_another_posterior_comes_close_with_and_without_xla():
    vae = model(wider=1.3, shift=0.2)
    found = vae.log_prob(IMAGES[:5], 5000)
    np.testing.assert_allclose(found, EXPECTED[:5], atol=0.03)
    same = vae.log_prob(IMAGES[:5], 5000, jit_compile=False)
    np.testing.assert_allclose(found, same, atol=1e-4)


def test_an_estimate_does_not_depend_on_the_other_images():
    """25 images are two calls of the compiled estimator, 3 are one."""
    vae = model(wider=1.3, shift=0.2)
    options = {"num_samples": 50, "jit_compile": False}
    whole = vae.log_prob(IMAGES, **options)
    few = vae.log_prob(IMAGES[:3], **options)
    np.testing.assert_allclose(few, whole[:3], atol=1e-4)
    mates = np.concatenate([IMAGES[:1], IMAGES[:0:-1]])
    np.testing.assert_allclose(vae.log_prob(mates, **options)[0], whole[0])
    again = vae.log_prob(IMAGES, **options, seed=1)
    assert not np.allclose(again, whole, atol=1e-4)


def test_log_prob_refuses_what_it_cannot_use():
    with pytest.raises(ValueError, match="`num_samples` must be at least 1"):
        model().log_prob(IMAGES, num_samples=0)
    with pytest.raises(ValueError, match=r"`images` must have shape \[B, 2"):
        model().log_prob(IMAGES[0])
