"""MODEL_CARD.md: what was trained, on what, how, and how well."""

import os

import keras
import tensorflow as tf

import keras_gen
from keras_gen import artifacts, base, callbacks
from keras_gen import config as configs
from trainers import feeds, flags_from, run_config, workdir

_LONGEST = 300  # Characters of a line.


def write(
    work: workdir.Workdir,
    model: base.GenerativeModel,
    run: run_config.RunConfig,
    feed: feeds.Feed,
    log: callbacks.MetricsLog,
) -> None:
    """Writes the card of a finished run into its directory."""
    rows = log.rows()
    last = rows[-1] if rows else {}
    text = _CARD.format(
        name=type(model).__name__,
        weights=model.count_params(),
        samples=_samples(work),
        summary=(type(model).__doc__ or "").splitlines()[0],
        summary_of_data=feed.summary.rstrip(","),
        attribution=feed.attribution,
        unit=feed.loss_unit,
        metrics=_table(last),
        seconds=log.seconds,
        cores=os.cpu_count(),
        seed=model.config.seed,
        flags=_short(flags_from.flagfile(run, model.config)),
        fields=configs.markdown_table(type(model.config)),
        versions=f"keras_gen {keras_gen.__version__}, Keras "
        f"{keras.__version__}, TensorFlow {tf.__version__}",
    )
    with artifacts.atomic_file(work.card, seal=False) as temporary:
        temporary.write_text(text)


def _samples(work: workdir.Workdir) -> str:
    """The last picture or text, "" where there is none."""
    found = sorted(work.samples.glob("epoch-*.png"))
    if found:
        return f"![samples](samples/{found[-1].name})"
    found = sorted(work.samples.glob("epoch-*.txt"))
    return f"```\n{found[-1].read_text()}```" if found else ""


def _short(text: str) -> str:
    """Without the ends of very long lines, such as vocabularies."""
    cut = "... (as in flags.txt)"
    return "".join(
        f"{line[:_LONGEST]}{cut if len(line) > _LONGEST else ''}\n"
        for line in text.splitlines()
    )


def _table(row: dict) -> str:
    lines = ["| metric | value |", "| --- | --- |"]
    lines += [f"| {name} | {value:.6g} |" for name, value in row.items()]
    return "\n".join(lines)


_CARD = """# {name}

{summary} {weights:,} weights.

{samples}

## Data

{summary_of_data}. {attribution}.

## Result

Log-probabilities are in nats for each {unit}; `val_` is the test split.

{metrics}

Trained for {seconds:.0f} s on {cores} CPU cores, seed {seed}, with {versions}.

## Flags

Reusable as `--flagfile=flags.txt`.

```
{flags}```

## Fields of the Config

{fields}
"""
