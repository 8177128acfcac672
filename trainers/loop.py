"""From flags to a trained model: what all training binaries share.

    strategy -> model -> last checkpoint -> fit -> model.keras

The run resumes where the last checkpoint left it. The data of a step and its
noise are functions of the step, so a resumed run ends with the same bits.
"""

import contextlib
import pathlib
from collections.abc import Callable, Iterator, Sequence

import keras

from keras_gen import base, callbacks, optimizers, strategies
from trainers import dry_run, feeds, model_card, run_config
from trainers import workdir as workdirs

# Neither shrinks: norms and biases.
_NOT_DECAYED = ["gamma", "beta", "bias"]


def train(
    make_model: Callable[[], base.GenerativeModel],
    run: run_config.RunConfig,
    feed: feeds.Feed,
    watchers: Callable[
        [base.GenerativeModel, workdirs.Workdir],
        Sequence[keras.callbacks.Callback],
    ] = lambda *_: (),
    further_optimizers: Callable[[run_config.RunConfig, int], dict] = (
        lambda *_: {}
    ),
) -> None:
    """Trains, evaluates and saves; resumes if there is something to resume.

    Args:
        make_model: called in the scope of the strategy.
        run: what to do.
        feed: what to do it with.
        watchers: callbacks of the technique, which may add to the logs and
            change nothing else.
        further_optimizers: of the run and its number of steps; optimizers by
            the names that `compile` has for them, besides the first.
    """
    keras.config.set_dtype_policy(run.precision)
    strategy = strategies.named(run.strategy)
    strategies.check_batch(strategy, run.batch_size)
    total_steps = feed.steps_per_epoch(run.batch_size) * run.num_epochs
    with strategy.scope():
        model = make_model()
        model.compile(
            optimizer(run, total_steps),
            steps_per_execution=run.steps_per_execution,
            jit_compile=run.jit_compile,
            **further_optimizers(run, total_steps),
        )
    if run.dry_run:
        dry_run.report(model, run, feed)
        return
    work = workdirs.Workdir(pathlib.Path(run.workdir))
    chief = strategies.is_chief(strategy)
    if chief:
        if run.overwrite:
            work.clear()
        workdirs.claim(work, type(model).__name__, model.config, run)
        _announce(work, feed)
    _fit(model, run, feed, work, watchers(model, work) if chief else None)


def optimizer(
    run: run_config.RunConfig,
    total_steps: int,
    name: str = "adam",
    learning_rate: float | None = None,
) -> keras.optimizers.Optimizer:
    """Adam or plain SGD with the run's schedule, decay and clipping.

    Args:
        run: of which it is.
        total_steps: of the run.
        name: "adam" or "sgd".
        learning_rate: at the start; the run's where None.
    """
    if learning_rate is None:
        learning_rate = run.learning_rate
    options = {
        "learning_rate": _schedule(run, total_steps, learning_rate),
        "global_clipnorm": run.clip_norm or None,
        "weight_decay": run.weight_decay or None,
    }
    if name == "sgd":
        found = keras.optimizers.SGD(**options)
    else:
        found = optimizers.Adam(
            beta_1=run.beta_1,
            beta_2=run.beta_2,
            epsilon=run.adam_epsilon,
            **options,
        )
    if run.weight_decay:
        found.exclude_from_weight_decay(var_names=_NOT_DECAYED)
    return found


def _schedule(run, total_steps: int, learning_rate: float):
    """A number, or a function of the step."""
    if run.warmup_steps >= total_steps:
        raise ValueError(
            f"`warmup_steps` must be less than the {total_steps} steps of the "
            f"run. Received: {run.warmup_steps}."
        )
    falls = run.learning_rate_schedule == "cosine"
    if not falls and not run.warmup_steps:
        return learning_rate
    first = 0.0 if run.warmup_steps else learning_rate
    return keras.optimizers.schedules.CosineDecay(
        first,
        total_steps - run.warmup_steps,
        alpha=0.0 if falls else 1.0,
        warmup_target=learning_rate if run.warmup_steps else None,
        warmup_steps=run.warmup_steps,
    )


def _fit(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    feed: feeds.Feed,
    work: workdirs.Workdir,
    watchers: Sequence[keras.callbacks.Callback] | None,
) -> None:
    chief = watchers is not None
    log = callbacks.MetricsLog(work.metrics)
    checkpoint = callbacks.Checkpoint(
        work.checkpoints,
        every_steps=run.checkpoint_every_steps,
        keep=run.keep_checkpoints,
        others=[log],
    )
    first = checkpoint.restore(model)
    if not first:
        feed.adapt(model)
    total_steps = feed.steps_per_epoch(run.batch_size) * run.num_epochs
    if first:
        print(f"Resuming at step {first:,} of {total_steps:,}.")
    active = [callbacks.StopOnNaN(work.checkpoints)]
    if chief:  # Watchers before the callbacks that write logs.
        board = keras.callbacks.TensorBoard(work.tensorboard, write_graph=False)
        active += [*watchers, board, log]
    # Last: nothing is saved of a broken state, and what a checkpoint stands
    # for has been logged before.
    active.append(checkpoint)
    with _progress(total_steps, run.batch_size, feed.unit, chief) as bars:
        _fit_from(model, run, feed, first, bars + active)
    if chief:
        model.save(work.model)
        model_card.write(work, model, run, feed, log)
        print(f"Wrote {work.model} and {work.card}.")


def _fit_from(
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    feed: feeds.Feed,
    first: int,
    active: list[keras.callbacks.Callback],
) -> None:
    """Ends the epoch that step `first` lies in, then fits the others."""
    steps = feed.steps_per_epoch(run.batch_size)
    epoch, done = divmod(first, steps)
    batches = feed.batches(model, run.batch_size, first)
    options = {"callbacks": active, "verbose": 0}
    if run.evaluate_every_epochs:
        options |= {
            "validation_data": feed.test_batches(model, run.batch_size),
            "validation_freq": run.evaluate_every_epochs,
        }
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


@contextlib.contextmanager
def _progress(
    total_steps: int, batch_size: int, unit: str, chief: bool
) -> Iterator[list[keras.callbacks.Callback]]:
    if not chief:
        yield []
        return
    bar = callbacks.Progress(total_steps, batch_size, unit)
    try:
        yield [bar]
    finally:
        bar.close()


def _announce(work: workdirs.Workdir, feed: feeds.Feed) -> None:
    print(
        f"Data: {feed.summary} from {feed.source}\n"
        f"Run: {work.root}\n"
        f"Samples: {work.samples}\n"
        f"Curves: tensorboard --logdir={work.tensorboard}",
        flush=True,
    )
