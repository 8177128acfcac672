"""What a language model can be asked on a server and on a phone.

    generate   prompt, how many tokens, how to draw, seed -> text
    score      text -> log p, and of how many tokens
    step       token and state -> logits and state: a phone runs the loop

A prompt that is empty, too long or has unknown characters fails its batch: a
server that checks requests does so before.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, samplers, spec
from keras_gen.models.sequences import asking, stepping

_NUM_TOKENS = 8  # Of the example.


def of(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a LanguageModel."""
    return {
        "generate": _generate(model),
        "score": _score(model),
        "step": step_of(model),
    }


def _generate(model) -> endpoint.Endpoint:
    length = model.config.length

    def generate(prompt, num_tokens, temperature, top_k, top_p, seed):
        tokens, lengths = _tokens_of(model, prompt, num_tokens)
        # A row's own position: the other way is faster, but XLA's alone.
        state = model.network.initial_state(tf.shape(tokens)[0], length)
        found = samplers.generate(
            model.network.step,
            state,
            samplers.Prompt(tokens, lengths),
            length,
            seed,
            filters=samplers.LogitFilters(temperature, top_k, top_p),
            limits=lengths + num_tokens,
        )
        texts = model.tokenizer.to_texts(found.tokens, found.lengths)
        return {"text": texts, "log_prob": found.log_probs}

    return endpoint.Endpoint(
        generate,
        {"prompt": text()} | asked(model),
        {
            "text": text(),
            "log_prob": spec.Spec((), doc="Of what was drawn, nats."),
        },
        "Texts that begin with prompts.",
        mobile=False,  # A phone runs the loop.
        example={"prompt": examples(model)} | example(model),
    )


def asked(model: Any) -> dict[str, spec.Spec]:
    """How many tokens to draw, and how."""
    length = model.config.length
    return {
        "num_tokens": spec.Spec((), "int32", 0, length, "To be drawn."),
    } | how_to_draw(model)


def how_to_draw(model: Any) -> dict[str, spec.Spec]:
    """Filters and the seed, a number of each row."""
    size = model.tokenizer.vocabulary_size
    return {
        "temperature": spec.Spec((), "float32", 1e-3, 100.0, "1 for none."),
        "top_k": spec.Spec((), "int32", 0, size, "0 for all."),
        "top_p": spec.Spec((), "float32", 1e-3, 1.0, "1 for all."),
        "seed": spec.Spec((), "int32", doc="Decides what is drawn."),
    }


def example(model: Any) -> dict[str, np.ndarray]:
    """Two rows of it."""
    config = model.config
    few = min(_NUM_TOKENS, config.length // 2)
    return {
        "num_tokens": np.array([few], np.int32),
        "temperature": np.array([config.temperature], np.float32),
        "top_k": np.array([config.top_k], np.int32),
        "top_p": np.array([config.top_p], np.float32),
        "seed": np.array([0, 1], np.int32),
    }


def _score(model) -> endpoint.Endpoint:
    def score(text):
        tokens, lengths = _tokens_of(model, text, 0)
        return {
            "log_prob": asking.log_prob_of(model, tokens, lengths),
            "num_tokens": lengths - 1,
        }

    return endpoint.Endpoint(
        score,
        {"text": text()},
        {
            "log_prob": spec.Spec((), doc="Nats, of all but the first token."),
            "num_tokens": spec.Spec((), "int32", 0, doc="That it is of."),
        },
        "log p of texts.",
        mobile=False,  # LiteRT has no strings.
        example={"text": examples(model)},
    )


def step_of(
    model: Any, highest: int | None = None, start: Any = None
) -> endpoint.Endpoint:
    """Token and state -> logits and state.

    Args:
        model: with a network whose `step` is a StepFn.
        highest: token; the last of its tokenizer where None.
        start: as in `stepping.step`.
    """
    if highest is None:
        highest = model.tokenizer.vocabulary_size - 1
    return stepping.step(
        model.network,
        "token",
        spec.Spec((), "int32", 0, highest, "The last one."),
        spec.Spec((highest + 1,), doc="Of the next token."),
        model.config.length,
        start,
    )


def _tokens_of(model, texts, num_tokens):
    """Tokens [B, T] of texts [B], and lengths [B] that leave enough room."""
    rows = model.tokenizer.to_tokens(texts)
    lengths = tf.cast(rows.row_lengths(), tf.int32)
    room = model.config.length
    checks = [
        tf.debugging.Assert(
            tf.reduce_all(lengths > 0), ["A text must have a token or more."]
        ),
        tf.debugging.Assert(
            tf.reduce_all(lengths + num_tokens <= room),
            [f"A text must have at most {room} tokens in all."],
        ),
    ]
    with tf.control_dependencies([each for each in checks if each is not None]):
        lengths = tf.identity(lengths)
    return rows.to_tensor(shape=(None, room)), lengths


def text() -> spec.Spec:
    """The Spec of a text."""
    return spec.Spec((), "string", doc="UTF-8 text.")


def examples(model: Any) -> np.ndarray:
    """Two texts that the tokenizer knows."""
    texts = texts_of(model.tokenizer, 3)[-2:]
    return np.array([each.encode("utf-8") for each in texts], object)


def texts_of(tokenizer: Any, longest: int) -> tuple[str, ...]:
    """Texts of 1 to `longest` tokens."""
    last = min(tokenizer.vocabulary_size - 1, ord("z"))
    tokens = [last - (3 * index) % (last + 1) for index in range(longest)]
    return tuple(
        tokenizer.decode(tokens[:size]) for size in range(1, longest + 1)
    )
