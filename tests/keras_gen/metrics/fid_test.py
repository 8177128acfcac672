"""FID has the closed form of Gaussians and the value of another program."""

import numpy as np
import pytest
import scipy.linalg

from keras_gen import metrics
from keras_gen.metrics import fid


def features(seed, count=200, size=6):
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(size, size))
    return random.normal(size=(count, size)) @ mixing + random.normal(size=size)


def measured(real, generated, **kwargs):
    metric = metrics.FID(real.shape[1], **kwargs)
    metric.update_state(real, generated)
    return metric.result()


def test_gaussians_with_diagonal_covariances_have_a_closed_form():
    mean_1, mean_2 = np.array([1.0, 2.0, 0.0]), np.array([0.0, 4.0, 0.5])
    scale_1, scale_2 = np.array([1.0, 3.0, 0.0]), np.array([2.0, 0.5, 0.25])
    found = fid.frechet_distance(
        mean_1, np.diag(scale_1**2), mean_2, np.diag(scale_2**2)
    )
    expected = np.sum((mean_1 - mean_2) ** 2 + (scale_1 - scale_2) ** 2)
    assert found == pytest.approx(expected, rel=1e-12)


def test_it_equals_scipy_on_the_same_features():
    real, generated = features(0), features(1)
    covariances = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = np.sum((real.mean(0) - generated.mean(0)) ** 2) + np.trace(
        covariances[0] + covariances[1] - 2 * root
    )
    assert measured(real, generated) == pytest.approx(expected, rel=1e-8)


def test_equal_sets_have_none_and_a_shift_its_square():
    real = features(0)
    assert measured(real, real) == pytest.approx(0.0, abs=1e-9)
    assert measured(real, real + 3.0) == pytest.approx(6 * 9.0, rel=1e-9)


def test_the_order_of_the_sets_does_not_matter():
    real, generated = features(0), features(1)
    there, back = measured(real, generated), measured(generated, real)
    assert there == pytest.approx(back, rel=1e-9)


def test_batches_and_merging_change_nothing():
    real, generated = features(0) + 1e4, features(1) + 1e4
    parts = [metrics.FID(6) for _ in range(3)]
    parts[0].update_state(real=real[:1])
    parts[1].update_state(real[1:50], generated[:150])
    parts[2].update_state(real[50:], generated[150:])
    whole = metrics.FID(6)
    whole.merge_state(parts)
    assert whole.result() == pytest.approx(measured(real, generated), rel=1e-8)
    assert whole.protocol()["num_real"] == 200


def test_generated_images_are_forgotten_alone():
    metric = metrics.FID(6)
    metric.update_state(features(0), features(2))
    metric.reset_generated()
    metric.update_state(generated=features(1))
    expected = measured(features(0), features(1))
    assert metric.result() == pytest.approx(expected, rel=1e-12)
    metric.reset_state()
    assert metric.protocol()["num_real"] == 0


def test_few_images_are_refused_or_named():
    few = features(0, count=6)
    with pytest.raises(ValueError, match=r"`real` must hold 7 rows.*allow_few"):
        measured(few, features(1))
    metric = metrics.FID(6, allow_few=True)
    metric.update_state(few, features(1))
    assert np.isfinite(metric.result())
    assert "biased" in metric.protocol()["few"]
    metric.update_state(real=features(0))
    assert "few" not in metric.protocol()


@pytest.mark.parametrize(
    ("real", "message"),
    [
        (np.zeros((3, 5)), r"`real` must have shape \[B, 6\]. .*\[3, 5\]"),
        (np.zeros((3, 2, 2, 6)), r"pool maps over height and width"),
        (np.full((3, 6), np.nan), "`real` must be finite"),
        ({"pool": np.zeros((3, 6))}, "dictionary of layers: pool"),
    ],
)
def test_what_is_no_batch_of_features(real, message):
    with pytest.raises(ValueError, match=message):
        metrics.FID(6).update_state(real=real)


def test_metrics_of_different_networks_do_not_merge():
    with pytest.raises(ValueError, match="share one feature network, 'a'"):
        metrics.FID(6, "a").merge_state([metrics.FID(6, "b")])


def test_the_protocol_is_one_line_of_text():
    protocol = metrics.FID(6, "a network").protocol()
    assert metrics.describe(protocol).startswith(
        "features=a network, num_real=0, num_generated=0, feature_size=6"
    )
