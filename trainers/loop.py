"""From flags to a trained model: what all training binaries share.

    strategy -> data -> model -> last checkpoint -> fit -> model.keras

The run resumes where the last checkpoint left it. The data of a step and its
noise are functions of the step, so a resumed run ends with the same bits.
"""

import contextlib
import dataclasses
import pathlib
from collections.abc import Callable, Iterator, Sequence

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, callbacks, data, distribution, metrics
from trainers import (
    columns,
    dry_run,
    generator_metrics,
    model_card,
    run_config,
)
from trainers import workdir as workdirs


@dataclasses.dataclass(frozen=True)
class Splits:
    """Data of a run.

    Attributes:
        train: what is learned.
        test: what is evaluated; None where the run evaluates nothing.
    """

    train: data.Examples
    test: data.Examples | None


def load(run: run_config.RunConfig) -> Splits:
    """Finds the training split, and the test split if the run needs it."""
    options = {
        "data_dir": run.data_dir or None,
        "image_size": run.image_size or None,
    }
    train = data.load(run.dataset, "train", **options)
    test = None
    if run.evaluate_every_epochs:
        test = data.load(run.dataset, "test", **options)
    return Splits(train, test)


def train(
    make_model: Callable[[], base.GenerativeModel],
    run: run_config.RunConfig,
    splits: Splits,
    watchers: Sequence[keras.callbacks.Callback] = (),
    further_optimizers: Callable[[run_config.RunConfig, int], dict] | None = (
        None
    ),
    draw: Callable[[base.GenerativeModel], tf.Tensor] | None = None,
) -> None:
    """Trains, evaluates and saves; resumes if there is something to resume.

    Args:
        make_model: called in the scope of the strategy.
        run: what to do.
        splits: what to do it with.
        watchers: callbacks of the technique, which change nothing.
        further_optimizers: of the run and its number of steps; optimizers by
            the names that `compile` has for them, besides the first.
        draw: the images [N, H, W, C] of a sample sheet; `generate` where None.
    """
    keras.config.set_dtype_policy(run.precision)
    strategy = distribution.strategy(run.strategy)
    steps = data.steps_per_epoch(splits.train, run.batch_size)
    with strategy.scope():
        model = make_model()
        total_steps = steps * run.num_epochs
        others = (further_optimizers or (lambda *_: {}))(run, total_steps)
        model.compile(
            optimizer(run, total_steps),
            steps_per_execution=run.steps_per_execution,
            jit_compile=run.jit_compile,
            **others,
        )
    if run.dry_run:
        dry_run.report(model, run, splits.train)
        return
    work = workdirs.Workdir(pathlib.Path(run.workdir))
    chief = distribution.is_chief(strategy)
    if chief:
        if run.overwrite:
            work.clear()
        workdirs.claim(work, type(model).__name__, model.config, run)
        _announce(work, splits.train)
    sheets = _sheets(run, work, chief, draw)
    _fit(model, run, splits, work, chief, sheets, watchers)


def optimizer(
    run: run_config.RunConfig,
    total_steps: int,
    name: str = "adam",
    learning_rate: float | None = None,
) -> keras.optimizers.Optimizer:
    """Adam or plain SGD with the run's schedule and clipping.

    Args:
        run: of which it is.
        total_steps: of the run.
        name: "adam" or "sgd".
        learning_rate: at the start; the run's where None.
    """
    if learning_rate is None:
        learning_rate = run.learning_rate
    if run.learning_rate_schedule == "cosine":
        learning_rate = keras.optimizers.schedules.CosineDecay(
            learning_rate, total_steps
        )
    options = {"global_clipnorm": run.clip_norm or None}
    if name == "sgd":
        return keras.optimizers.SGD(learning_rate, **options)
    return keras.optimizers.Adam(learning_rate, beta_1=run.beta_1, **options)


def _fit(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    splits: Splits,
    work: workdirs.Workdir,
    chief: bool,
    sheets: callbacks.SampleSheet,
    watchers: Sequence[keras.callbacks.Callback],
) -> None:
    log = callbacks.MetricsLog(work.metrics)
    checkpoint = callbacks.Checkpoint(
        work.checkpoints,
        every_steps=run.checkpoint_every_steps,
        keep=run.keep_checkpoints,
        others=[log],
    )
    first = checkpoint.restore(model)
    if not first and hasattr(model, "adapt"):
        model.adapt(_mean_image(splits.train))
    steps = data.steps_per_epoch(splits.train, run.batch_size)
    if first:
        print(f"Resuming at step {first:,} of {steps * run.num_epochs:,}.")
    active = [callbacks.StopOnNaN(work.checkpoints)]
    if chief:
        board = keras.callbacks.TensorBoard(work.tensorboard, write_graph=False)
        active += _generator_metrics(run, splits.train, model.config.seed)
        active += [board, log, *watchers]
        active += [sheets] if run.sample_every_epochs else []
    # Last: nothing is saved of a broken state, and what a checkpoint stands
    # for has been logged before.
    active.append(checkpoint)
    with _progress(steps * run.num_epochs, run.batch_size, chief) as bars:
        _fit_from(model, run, splits, first, bars + active)
    if chief:
        model.save(work.model)
        sheets.write_gif()
        model_card.write(work, model, run, splits.train, log)
        print(f"Wrote {work.model} and {work.card}.")


def _generator_metrics(
    run: run_config.RunConfig, train: data.Examples, seed: int
) -> list[keras.callbacks.Callback]:
    """Before the callbacks that write logs; empty where none is wanted."""
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
    run: run_config.RunConfig, work: workdirs.Workdir, chief: bool, draw
) -> callbacks.SampleSheet:
    return callbacks.SampleSheet(
        work.samples,
        num=run.num_samples,
        draw=draw,
        every_epochs=run.sample_every_epochs or run.num_epochs,
        tensorboard=work.tensorboard / "samples" if chief else None,
    )


def _fit_from(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    splits: Splits,
    first: int,
    active: list[keras.callbacks.Callback],
) -> None:
    """Ends the epoch that step `first` lies in, then fits the others."""
    steps = data.steps_per_epoch(splits.train, run.batch_size)
    epoch, done = divmod(first, steps)
    batches = data.pipeline(
        splits.train,
        run.batch_size,
        seed=model.config.seed,
        start_step=first,
        binarization=run.binarization,
        **columns.of(model),
    )
    options = {"callbacks": active, "verbose": 0}
    options |= _validation(model, run, splits)
    if done:
        model.fit(
            batches.take(steps - done),
            initial_epoch=epoch,
            epochs=epoch + 1,
            steps_per_epoch=steps - done,
            **options,
        )
        epoch += 1
        batches = batches.skip(steps - done)
    if epoch < run.num_epochs:
        model.fit(
            batches,
            initial_epoch=epoch,
            epochs=run.num_epochs,
            steps_per_epoch=steps,
            **options,
        )


def _validation(
    model: base.GenerativeModel, run: run_config.RunConfig, splits: Splits
) -> dict:
    if not run.evaluate_every_epochs:
        return {}
    batches = data.pipeline(
        splits.test,
        min(run.batch_size, len(splits.test)),
        repeat=False,
        binarization=run.binarization,
        **columns.of(model),
    )
    return {
        "validation_data": batches,
        "validation_freq": run.evaluate_every_epochs,
    }


def _mean_image(examples: data.Examples) -> np.ndarray:
    """[1, H, W, C] float32 in [-1, 1], without a float copy of all images."""
    mean = examples.images.mean(axis=0, keepdims=True)
    return (mean / 127.5 - 1.0).astype(np.float32)


@contextlib.contextmanager
def _progress(
    total_steps: int, batch_size: int, chief: bool
) -> Iterator[list[keras.callbacks.Callback]]:
    if not chief:
        yield []
        return
    bar = callbacks.Progress(total_steps, batch_size)
    try:
        yield [bar]
    finally:
        bar.close()


def _announce(work: workdirs.Workdir, examples: data.Examples) -> None:
    print(
        f"Data: {len(examples):,} images of {examples.name} "
        f"{list(examples.image_shape)} from {examples.source}\n"
        f"Run: {work.root}\n"
        f"Samples: {work.samples}\n"
        f"Curves: tensorboard --logdir={work.tensorboard}",
        flush=True,
    )
