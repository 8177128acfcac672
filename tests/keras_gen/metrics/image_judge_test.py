"""One pass of the network serves all metrics; classifiers learn."""

import numpy as np
import pytest

from keras_gen import metrics
from keras_gen.metrics import classifier_features
from keras_gen.ops import images as image_ops


def images(seed, count=40):
    random = np.random.default_rng(seed)
    levels = random.integers(0, 256, (count, 4, 4, 1), dtype=np.uint8)
    return image_ops.to_float(levels).numpy()


def network(**changes):
    def fn(batch):
        maps = np.asarray(batch)[:, ::2, ::2]  # [B, 2, 2, 1]
        flat = maps.reshape(len(maps), -1)
        return {"maps": maps, "flat": flat, "logits": flat[:, :3]}

    fields = {"layer": "flat", "size": 4, "name": "mine", "logits": "logits"}
    return metrics.FeatureNetwork(fn, **fields | changes)


def test_all_metrics_see_what_they_would_see_alone():
    judge = metrics.ImageJudge(
        network(),
        [metrics.FID(4), metrics.PrecisionRecall(), metrics.InceptionScore()],
        real="noise",
        batch_size=7,
    )
    judge.add_real(images(0))
    judge.add_generated(images(2))
    judge.reset_generated()
    judge.add_generated(images(1))
    found = judge.results()
    alone = metrics.FID(4, "mine")
    flat = [network()(images(seed))[0] for seed in (0, 1)]
    alone.update_state(*flat)
    assert found[0].values == pytest.approx({"fid": alone.result()})
    assert found[0].protocol == alone.protocol() | {"real": "noise"}
    assert "real" not in found[2].protocol
    assert list(found[1].values) == ["precision", "recall"]
    assert list(found[2].values)[0] == "inception_score"
    assert {each.protocol["features"] for each in found} == {"mine"}


def test_images_are_judged_at_256_levels():
    judge = metrics.ImageJudge(network(), [metrics.FID(4)])
    judge.add_real(images(0))
    judge.add_generated(images(0) + 0.4 / 127.5)
    assert judge.results()[0].values["fid"] == pytest.approx(0.0, abs=1e-9)


def test_maps_are_averaged():
    maps, logits = network(layer="maps", size=1, logits="")(images(0))
    expected = images(0)[:, ::2, ::2].mean(axis=(1, 2))
    np.testing.assert_allclose(maps, expected, rtol=1e-6)
    assert logits is None


def test_what_is_refused():
    with pytest.raises(ValueError, match="layers of mine, of maps, flat"):
        network(layer="top")(images(0))
    with pytest.raises(ValueError, match=r"`size` must be .* Received 5"):
        network(size=5)(images(0))
    with pytest.raises(ValueError, match="InceptionScore only where"):
        metrics.ImageJudge(network(logits=""), [metrics.InceptionScore()])


def stripes(count, seed=0):
    """Levels [N, 8, 8, 1]: noise with a bright row, or a bright column."""
    random = np.random.default_rng(seed)
    levels = random.integers(0, 100, (count, 8, 8, 1), dtype=np.uint8)
    labels = random.integers(0, 2, count, dtype=np.int32)
    for picture, label in zip(levels, labels, strict=True):
        line = random.integers(8)
        picture[(line,) if label else (slice(None), line)] = 200
    return levels, labels


def test_a_classifier_learns_and_equal_seeds_give_equal_features():
    first, again, other = (
        metrics.train_classifier(*stripes(600), batch_size=20, seed=seed)
        for seed in (0, 0, 1)
    )
    assert classifier_features.accuracy(first, *stripes(300, 1)) > 0.9
    pictures = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1))
    features, logits = first(pictures.astype("float32"))
    assert features.shape == (5, 64) and logits.shape == (5, 2)
    np.testing.assert_array_equal(features, again(pictures)[0])
    assert not np.allclose(features, other(pictures)[0])
    levels = image_ops.to_float(stripes(600)[0])
    size = np.square(first(levels)[0]).mean()
    assert size == pytest.approx(1.0, rel=1e-5)
    assert "600 images" in first.name and "seed 0" in first.name


def test_a_classifier_needs_labels():
    levels, labels = stripes(30)
    for wrong in (None, labels[:5]):
        with pytest.raises(ValueError, match="`labels` must be one for each"):
            metrics.train_classifier(levels, wrong, batch_size=10)
