"""The Parzen estimate is that of SciPy, and chooses its width well."""

import numpy as np
import pytest
import scipy.special
import scipy.stats

from keras_gen import metrics
from keras_gen.metrics import pairwise, parzen


def images(seed, count):
    random = np.random.default_rng(seed)
    return random.uniform(-1, 1, (count, 2, 3, 1)).astype("float32")


def brute_force(x, samples, sigma):
    return np.array(
        [
            scipy.special.logsumexp(
                scipy.stats.norm.logpdf(each, samples, sigma).sum(axis=1)
            )
            - np.log(len(samples))
            for each in x
        ]
    )


def pixels(images):
    return (images.reshape(len(images), -1).astype("float64") + 1) / 2


def test_it_equals_a_brute_force(monkeypatch):
    monkeypatch.setattr(pairwise, "_CHUNK", 100)
    x, samples = pixels(images(0, 17)), pixels(images(1, 30))
    found = parzen.parzen_log_likelihood(x, samples, (0.02, 0.5))
    for row, sigma in zip(found, (0.02, 0.5), strict=True):
        expected = brute_force(x, samples, sigma)
        np.testing.assert_allclose(row, expected, rtol=1e-9)


def test_sigma_is_chosen_by_validation_and_the_test_set_is_measured():
    generated, validation, test = images(0, 40), images(1, 20), images(2, 25)
    metric = metrics.ParzenLogLikelihood((0.05, 0.2, 1.0))
    metric.update_state(generated, validation, test)
    found = metric.result()
    means = [
        brute_force(pixels(validation), pixels(generated), sigma).mean()
        for sigma in (0.05, 0.2, 1.0)
    ]
    best = (0.05, 0.2, 1.0)[int(np.argmax(means))]
    values = brute_force(pixels(test), pixels(generated), best)
    assert found["parzen_sigma"] == best
    assert found["parzen"] == pytest.approx(values.mean(), rel=1e-6)
    error = values.std(ddof=1) / 5
    assert found["parzen_standard_error"] == pytest.approx(error, rel=1e-6)


def test_merging_is_seeing_everything():
    parts = [metrics.ParzenLogLikelihood(), metrics.ParzenLogLikelihood()]
    parts[0].update_state(images(0, 5), images(1, 6))
    parts[1].update_state(images(2, 5), test=images(3, 7))
    merged, whole = metrics.ParzenLogLikelihood(), metrics.ParzenLogLikelihood()
    merged.merge_state(parts)
    generated = np.concatenate([images(0, 5), images(2, 5)])
    whole.update_state(generated, images(1, 6), images(3, 7))
    assert merged.result() == whole.result()
    assert merged.protocol() == whole.protocol()


def test_what_is_refused():
    with pytest.raises(ValueError, match="`sigmas` must be positive"):
        metrics.ParzenLogLikelihood((0.1, 0.0))
    metric = metrics.ParzenLogLikelihood()
    metric.update_state(images(0, 5), test=images(1, 5))
    with pytest.raises(ValueError, match="`validation` must hold 1 rows"):
        metric.result()
