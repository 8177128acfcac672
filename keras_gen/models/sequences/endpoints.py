"""What a language model can be asked on a server and on a phone.

    generate   prompt, how many tokens, how to draw, seed -> text
    score      text -> log p, and of how many tokens
    step       token and state -> logits and state: a phone runs the loop

A prompt that is empty, too long or has unknown characters fails its batch: a
server that checks requests does so before.
"""

import inspect
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, samplers, spec
from keras_gen.models.sequences import asking

_NUM_TOKENS = 8  # Of the example.


def of(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a LanguageModel."""
    length = model.config.length
    return {
        "generate": _generate(model),
        "score": _score(model),
        "step": step_of(
            model.network.step,
            model.network.initial_state(1, length),
            model.tokenizer.vocabulary_size,
            length,
        ),
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
        _asked(model),
        {
            "text": text(),
            "log_prob": spec.Spec((), doc="Of what was drawn, nats."),
        },
        "Texts that begin with prompts.",
        mobile=False,  # A phone runs the loop.
        example=_example(model),
    )


def _asked(model) -> dict[str, spec.Spec]:
    length = model.config.length
    return {
        "prompt": text(),
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


def _example(model) -> dict[str, np.ndarray]:
    config = model.config
    few = min(_NUM_TOKENS, config.length // 2)
    return {
        "prompt": examples(model),
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
    network_step: Any, start: Any, vocabulary_size: int, length: int
) -> endpoint.Endpoint:
    """The endpoint of a StepFn, whose state is one tensor after the other.

    Args:
        network_step: the StepFn.
        start: its state before the first token, of one row.
        vocabulary_size: V.
        length: T, tokens that there is room for.
    """
    names = [f"state_{i:02d}" for i in range(len(tf.nest.flatten(start)))]

    def step(*given, **named):
        token, *state = given or [named[n] for n in ("token", *names)]
        state = tf.nest.pack_sequence_as(start, state)
        state = tf.nest.map_structure(_as, state, start)
        logits, after = network_step(token, state)
        return {"logits": logits} | outside(after)

    step.__signature__ = inspect.Signature(
        inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for name in ("token", *names)
    )  # As if written out: a graph has an input for each name.
    logits = spec.Spec((vocabulary_size,), doc="Of the next token.")
    token = spec.Spec((), "int32", 0, vocabulary_size - 1, "The last one.")
    return endpoint.Endpoint(
        step,
        {"token": token} | state_specs(start, length - 1),
        {"logits": logits} | state_specs(start, length),
        "What follows a token.",
    )


def outside(state: Any) -> dict[str, tf.Tensor]:
    """A state as tensors by their names, as clients see it."""
    flat = tf.nest.map_structure(_outside, tf.nest.flatten(state))
    return {f"state_{i:02d}": each for i, each in enumerate(flat)}


def state_specs(start: Any, highest: int) -> dict[str, spec.Spec]:
    """{name: Spec} of one row of a state; its integers are positions."""
    return {
        name: spec.Spec(
            tuple(each.shape[1:]),
            each.dtype.name,
            0 if each.dtype.is_integer else None,
            highest if each.dtype.is_integer else None,
            "Zeros before the first token; then what the step before gave.",
        )
        for name, each in outside(start).items()
    }


def _as(value, other):
    return tf.cast(value, other.dtype)


def _outside(value):
    """Half precision is float32 for clients, who may not have it."""
    return value if value.dtype.is_integer else tf.cast(value, tf.float32)


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
