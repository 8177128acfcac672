"""Judges the images of any model that has `generate`."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from keras_gen import data, metrics, weights
from keras_gen.ops import images as image_ops
from keras_gen.weights import inception
from trainers import judge_config

_BATCH = 250


def measure(
    model: Any,
    wanted: judge_config.JudgeConfig,
    load: Callable[[str], data.Examples],
    seed: int = 0,
    network: metrics.FeatureNetwork | None = None,
) -> list[metrics.Judgement]:
    """All metrics that are wanted of generated images.

    Args:
        model: with `generate(num, seed)`.
        wanted: which.
        load: split to examples.
        seed: of the first generated image, the classifier and the subsets.
        network: what `feature_network` returned, to judge several models by
            one; made here where None.

    Returns:
        Values with the protocol that each needs beside it.

    Raises:
        ValueError: the model generates nothing or images of another shape; or
            there are too few images.
    """
    if not hasattr(model, "generate"):
        raise ValueError(
            "`features`, `parzen` and `nearest_neighbors` need a model with "
            f"generate. Received: {type(model).__name__}. Leave them out."
        )
    train, test = load("train"), load("test")
    if network is None:
        network = feature_network(wanted, train, seed)
    if network is not None:
        _check_counts(wanted, network, train, test)
    levels = draw(model, wanted.num_generated, seed)
    if levels.shape[1:] != train.image_shape:
        raise ValueError(
            f"`dataset` must have images like the generated ones, "
            f"{list(levels.shape[1:])}. Received {list(train.image_shape)} "
            f"of {train.name}. Name the data set of the training."
        )
    source = f"{type(model).__name__}, seeds {seed} to {seed + len(levels) - 1}"
    source += _way_of(getattr(model, "config", None))
    sets = _Sets(levels, source, train, test)
    found = []
    if network is not None:
        found += _by_features(wanted, network, sets, seed)
        config = getattr(model, "config", None)
        num_classes = getattr(config, "num_classes", 0)
        if num_classes and network.logits:
            found.append(_class_agreement(network, sets, num_classes))
    if wanted.parzen:
        found.append(_parzen(sets))
    if wanted.nearest_neighbors:
        found.append(_nearest(sets))
    return found


@dataclasses.dataclass(frozen=True)
class _Sets:
    """What is judged, [N, H, W, C] uint8, where it is from; real images."""

    levels: np.ndarray
    source: str
    train: data.Examples
    test: data.Examples


def feature_network(
    wanted: judge_config.JudgeConfig, train: data.Examples, seed: int
) -> metrics.FeatureNetwork | None:
    """That of the flags; the classifier is trained here."""
    if wanted.features == "none":
        return None
    if wanted.features == "classifier":
        return metrics.train_classifier(
            train.images, train.labels, data=f"{train.name} train", seed=seed
        )
    make, name = {
        "inception": (
            weights.fid_inception,
            "InceptionV3 of 2015 (FID), 299x299 bilinear, corners aligned",
        ),
        "inception_75": (
            weights.small_inception,
            "InceptionV3, 75x75 bilinear",
        ),
    }[wanted.features]
    return metrics.FeatureNetwork(
        make(wanted.features_file),
        inception.LAYER,
        inception.FEATURE_SIZE,
        f"{name}, weights {wanted.features_file}",
    )


def draw(model: Any, num: int, seed: int) -> np.ndarray:
    """Generated images as levels, [num, H, W, C] uint8."""
    parts = [
        image_ops.to_uint8(
            model.generate(min(_BATCH, num - start), seed=seed + start)
        ).numpy()
        for start in range(0, num, _BATCH)
    ]
    return np.concatenate(parts)


def _way_of(config: Any) -> str:
    """How a diffusion model draws; empty for others."""
    if not hasattr(config, "solver"):
        return ""
    return (
        f", {config.solver}, {config.num_steps} steps, guidance "
        f"{config.guidance_scale:g}"
    )


def _by_features(
    wanted: judge_config.JudgeConfig,
    network: metrics.FeatureNetwork,
    sets: _Sets,
    seed: int,
) -> list[metrics.Judgement]:
    reference, other = sets.train, sets.test
    if wanted.reference_split == "test":
        reference, other = other, reference
    candidates = [("", sets.source, sets.levels)]
    if wanted.floor:
        source = f"real images of {other.name} {other.split}"
        others = subset(other.images, wanted.num_generated, seed)
        candidates.append(("floor_", source, others))
    fewest = min(len(reference), *(len(levels) for *_, levels in candidates))
    judge = _image_judge(network, reference, fewest, seed, wanted.allow_few)
    for batch in batches(reference.images):
        judge.add_real(batch)
    found = []
    for prefix, source, levels in candidates:
        judge.reset_generated()
        for batch in batches(levels):
            judge.add_generated(batch)
        said = {"generated": source}
        found += [_renamed(each, prefix, said) for each in judge.results()]
    return found


def _class_agreement(
    network: metrics.FeatureNetwork, sets: _Sets, num_classes: int
) -> metrics.Judgement:
    """Share of images that show the class they were asked for."""
    asked = np.arange(len(sets.levels)) % _BATCH % num_classes  # As in `draw`.
    told = [
        np.argmax(network(images)[1], axis=1) for images in batches(sets.levels)
    ]
    share = float(np.mean(np.concatenate(told) == asked))
    protocol = {
        "features": network.name,
        "num_generated": len(asked),
        "generated": sets.source,
        "labels": f"0 to {num_classes - 1} in turn",
    }
    return metrics.Judgement({"class_agreement": share}, protocol)


def _renamed(
    found: metrics.Judgement, prefix: str, said: dict
) -> metrics.Judgement:
    values = {prefix + name: value for name, value in found.values.items()}
    return metrics.Judgement(values, found.protocol | said)


def _image_judge(
    network: metrics.FeatureNetwork,
    reference: data.Examples,
    num_images: int,
    seed: int,
    allow_few: bool,
) -> metrics.ImageJudge:
    """The usual metrics, in sizes that the smallest set of images allows."""
    size = min(1000, num_images)
    chosen = [
        metrics.FID(network.size, allow_few=allow_few),
        metrics.KID(subset_size=size, seed=seed),
        metrics.PrecisionRecall(),
    ]
    if network.logits:
        chosen.append(metrics.InceptionScore())
    real = f"{reference.name} {reference.split}"
    return metrics.ImageJudge(network, chosen, real)


def batches(levels: np.ndarray) -> Iterator[Any]:
    """Levels as float images in [-1, 1], some at a time."""
    for start in range(0, len(levels), _BATCH):
        yield image_ops.to_float(levels[start : start + _BATCH])


def subset(levels: np.ndarray, num: int, seed: int) -> np.ndarray:
    """`num` different images at random, or all where there are fewer."""
    if num >= len(levels):
        return levels
    rows = np.random.default_rng(seed).choice(len(levels), num, replace=False)
    return levels[rows]


def _parzen(sets: _Sets) -> metrics.Judgement:
    metric = metrics.ParzenLogLikelihood()
    # The paper's share: the last 10,000 of the 60,000 training images.
    count = min(10_000, max(1, len(sets.train) // 6))
    for name, images in (
        ("generated", sets.levels),
        ("validation", sets.train.images[-count:]),
        ("test", sets.test.images),
    ):
        metric.update_state(**{name: image_ops.to_float(images)})
    said = {
        "generated": sets.source,
        "validation": f"last of {sets.train.name} train",
        "test": f"{sets.test.name} test",
    }
    return _renamed(metrics.judgement(metric), "", said)


def _nearest(sets: _Sets) -> metrics.Judgement:
    metric = metrics.NearestNeighbors("pixels in [-1, 1]")
    for name, images in (
        ("train", sets.train.images),
        ("generated", sets.levels),
        ("held_out", sets.test.images),
    ):
        flat = image_ops.to_float(images).numpy().reshape(len(images), -1)
        metric.update_state(**{name: flat})
    said = {
        "generated": sets.source,
        "train": f"{sets.train.name} train",
        "held_out": f"{sets.test.name} test",
    }
    return _renamed(metrics.judgement(metric), "", said)


def _check_counts(
    wanted: judge_config.JudgeConfig,
    network: metrics.FeatureNetwork,
    train: data.Examples,
    test: data.Examples,
) -> None:
    """Refuses before minutes of work what FID would refuse after them."""
    counts = {"train": len(train), "test": len(test)}
    reference = counts.pop(wanted.reference_split)
    sizes = [reference, wanted.num_generated]
    sizes += counts.values() if wanted.floor else []
    if min(sizes) <= network.size and not wanted.allow_few:
        raise ValueError(
            "`num_generated` and the images of both splits must be more than "
            f"the {network.size:,} features for a FID. Received "
            f"{', '.join(f'{size:,}' for size in sizes)}. Give more, choose "
            "the larger split as --reference_split and leave out --floor, or "
            "accept a biased value with --allow_few."
        )
