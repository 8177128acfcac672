"""What the trainers of text add to the loop: windows and samples."""

from collections.abc import Callable

import keras

from keras_gen import base, callbacks
from keras_gen.data import texts
from keras_gen.models.sequences import language_config, language_model
from trainers import loop, text_feed, text_run, text_samples
from trainers import workdir as workdirs


def train(
    make_model: Callable[[], base.GenerativeModel],
    config: language_config.LanguageConfig,
    run: text_run.TextRunConfig,
    train: texts.Text,
    test: texts.Text,
) -> None:
    """`loop.train` on text.

    Args:
        make_model: as in `loop.train`; of a LanguageModel.
        config: of the model.
        run: what to do.
        train: what is learned.
        test: what is evaluated.

    Raises:
        ValueError: the prompt of the samples or the number of carried rows
            does not fit, or rows are to be padded.
    """
    if config.padded:
        raise ValueError(
            "`padded` is for rows that end early, which windows of a text do "
            "not. Received: True. Leave it out."
        )
    carried = getattr(config, "num_carried", 0)
    if carried not in (0, run.batch_size):
        raise ValueError(
            "`num_carried` must be 0 or the batch_size. Received: "
            f"{carried} and {run.batch_size}."
        )
    tokenizer = language_model.tokenizer_of(config)
    tokenizer.encode(run.prompt)  # Or says what is wrong, before a step.
    feed = text_feed.TextFeed(train, test, tokenizer, config.length)
    loop.train(
        make_model,
        run,
        feed,
        lambda _, work: _samples(run, work),
    )


def _samples(
    run: text_run.TextRunConfig, work: workdirs.Workdir
) -> list[keras.callbacks.Callback]:
    if not run.sample_every_epochs:
        return []
    return [
        callbacks.SampleText(
            work.samples,
            lambda model: text_samples.draw(
                model, run.prompt, run.num_samples, run.num_sample_tokens
            ),
            every_epochs=run.sample_every_epochs,
            tensorboard=work.tensorboard / "samples",
        )
    ]
