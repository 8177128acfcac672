"""What the trainers of images add to the loop: data, sheets, FID.

splits = image_loop.load(run)
image_loop.train(lambda: keras_gen.VAE(config), run, splits)
"""

import dataclasses
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, callbacks, data, metrics
from trainers import (
    columns,
    feeds,
    generator_metrics,
    image_run,
    loop,
    run_config,
)
from trainers import workdir as workdirs


@dataclasses.dataclass(frozen=True)
class Splits:
    """Images of a run.

    Attributes:
        train: what is learned.
        test: what is evaluated; None where the run evaluates nothing.
    """

    train: data.Examples
    test: data.Examples | None


def load(run: image_run.ImageRunConfig) -> Splits:
    """Finds the training split, and the test split if the run needs it."""
    options = {
        "data_dir": run.data_dir or None,
        "image_size": run.image_size or None,
    }
    train = data.load(run.dataset, "train", **options)
    test = None
    if run.evaluate_every_epochs:
        try:
            test = data.load(run.dataset, "test", **options)
        except data.DataError as error:
            raise data.DataError(
                f"{error} Or do without test images: --evaluate_every_epochs=0."
            ) from error
    return Splits(train, test)


def train(
    make_model: Callable[[], base.GenerativeModel],
    run: image_run.ImageRunConfig,
    splits: Splits,
    watchers: Sequence[keras.callbacks.Callback] = (),
    further_optimizers: Callable[[run_config.RunConfig, int], dict] = (
        lambda *_: {}
    ),
    draw: Callable[[base.GenerativeModel], tf.Tensor] | None = None,
    feed: feeds.Feed | None = None,
) -> None:
    """`loop.train` on images.

    Args:
        make_model: as in `loop.train`.
        run: what to do.
        splits: what to do it with.
        watchers: callbacks of the technique, which change nothing.
        further_optimizers: as in `loop.train`.
        draw: the images [N, H, W, C] of a sample sheet; `generate` where None.
        feed: of another model than of single images.
    """

    def all_watchers(model, work):
        found = _generator_metrics(run, splits.train, model.config.seed)
        return [*found, *watchers, *_sheets(run, work, draw)]

    feed = feed or ImageFeed(splits, run.binarization)
    loop.train(make_model, run, feed, all_watchers, further_optimizers)


class ImageFeed:
    """Images as a `feeds.Feed`.

    Args:
        splits: of the run.
        binarization: of grey levels, as in `data.pipeline`.
        crop_size: of pieces, as in `data.pipeline`.
    """

    unit = "image"
    loss_unit = "image"

    def __init__(
        self,
        splits: Splits,
        binarization: str,
        crop_size: tuple[int, int] | None = None,
    ) -> None:
        self._splits = splits
        self._levels = {"binarization": binarization, "crop_size": crop_size}
        train = splits.train
        self.summary = (
            f"{len(train):,} images of {train.name} ({train.split}) "
            f"{list(train.image_shape)}, binarization: {binarization},"
        )
        self.source = train.source
        self.attribution = train.attribution

    def steps_per_epoch(self, batch_size: int) -> int:
        """Whole batches in one pass over the training split."""
        return data.steps_per_epoch(self._splits.train, batch_size)

    def batches(
        self,
        model: base.GenerativeModel,
        batch_size: int,
        start_step: int = 0,
    ) -> tf.data.Dataset:
        """Endless, with the columns that the model learns from."""
        return data.pipeline(
            self._splits.train,
            batch_size,
            seed=model.config.seed,
            start_step=start_step,
            **self._levels,
            **columns.of(model),
        )

    def test_batches(
        self, model: base.GenerativeModel, batch_size: int
    ) -> tf.data.Dataset:
        """Every test image once."""
        return data.pipeline(
            self._splits.test,
            min(batch_size, len(self._splits.test)),
            repeat=False,
            **self._levels,
            **columns.of(model),
        )

    def adapt(self, model: base.GenerativeModel) -> None:
        """Tells a model that asks for it the mean image."""
        if hasattr(model, "adapt"):
            # [1, H, W, C] in [-1, 1], without a float copy of all images.
            mean = self._splits.train.images.mean(axis=0, keepdims=True)
            model.adapt((mean / 127.5 - 1.0).astype(np.float32))


def _generator_metrics(
    run: image_run.ImageRunConfig, train: data.Examples, seed: int
) -> list[keras.callbacks.Callback]:
    """Empty where none is wanted."""
    if not run.fid_every_epochs:
        return []
    network = metrics.train_classifier(
        train.images, train.labels, data=f"{train.name} train", seed=seed
    )
    size = min(1000, run.num_fid_images, len(train))
    judge = metrics.ImageJudge(
        network,
        [metrics.FID(network.size), metrics.KID(subset_size=size, seed=seed)],
        real=f"{train.name} train",
    )
    for batch in generator_metrics.batches(train.images):
        judge.add_real(batch)
    return [
        callbacks.GeneratorMetrics(
            judge,
            num=run.num_fid_images,
            every_epochs=run.fid_every_epochs,
            seed=seed,
        )
    ]


def _sheets(
    run: image_run.ImageRunConfig, work: workdirs.Workdir, draw
) -> list[keras.callbacks.Callback]:
    if not run.sample_every_epochs:
        return []
    return [
        callbacks.SampleSheet(
            work.samples,
            num=run.num_samples,
            draw=draw,
            every_epochs=run.sample_every_epochs,
            tensorboard=work.tensorboard / "samples",
        )
    ]
