"""What the trainers of text add to the loop: windows and samples."""

from collections.abc import Callable
from typing import Any

import keras

from keras_gen import base, callbacks
from keras_gen.data import texts
from keras_gen.models.sequences import language_config, language_model
from trainers import loop, text_feed, text_run
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
        ValueError: the prompt of the samples does not fit the model, or rows
            are to be padded.
    """
    if config.padded:
        raise ValueError(
            "`padded` is for rows that end early, which windows of a text do "
            "not. Received: True. Leave it out."
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
            lambda model: draw(
                model, run.prompt, run.num_samples, run.num_sample_tokens
            ),
            every_epochs=run.sample_every_epochs,
            tensorboard=work.tensorboard / "samples",
        )
    ]


def draw(
    model: base.GenerativeModel,
    prompt: str,
    num: int,
    num_tokens: int,
    seed: int = 0,
    **how: Any,
) -> list[str]:
    """Texts that begin with the prompt, as long as asked or as there is room.

    Args:
        model: a LanguageModel.
        prompt: of all.
        num: of texts.
        num_tokens: behind the prompt, at most.
        seed: of the first.
        **how: of `generate`.
    """
    if model.room is not None:
        used = len(model.tokenizer.encode(prompt))
        num_tokens = min(num_tokens, model.room - used)
    return model.generate([prompt] * num, num_tokens, seed, **how)
