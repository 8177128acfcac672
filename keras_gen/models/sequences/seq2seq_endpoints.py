"""What a Seq2Seq can be asked on a server and on a phone.

    generate        source, how to draw, seed -> text
    search          source -> the best text that beam search finds
    score           source, target -> log p
    encode, step    source -> state; token and state -> logits and state: a
                    phone runs the loop

A text that is too long or has unknown characters fails its batch.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, samplers, spec
from keras_gen.models.sequences import answering, endpoints, stepping

_LOG_PROB = spec.Spec((), doc="Of the text, nats.")


def of(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a Seq2Seq."""
    config = model.config
    _, state = _encoding(model)(
        tf.zeros((1, config.source_length), tf.int32),
        tf.ones((1,), tf.int32),
    )
    return {
        "generate": _generate(model),
        "search": _search(model),
        "score": _score(model),
        "encode": _encode(model, state),
        "step": endpoints.step_of(model, model.end, state),
    }


def _generate(model) -> endpoint.Endpoint:
    def generate(source, temperature, top_k, top_p, seed):
        filters = samplers.LogitFilters(temperature, top_k, top_p)
        text, log_prob = answering.drawn(model, source, seed, filters)
        return {"text": text, "log_prob": log_prob}

    config = model.config
    return endpoint.Endpoint(
        generate,
        {"source": endpoints.text()} | endpoints.how_to_draw(model),
        {"text": endpoints.text(), "log_prob": _LOG_PROB},
        "A target of each source.",
        mobile=False,  # A phone runs the loop.
        example={
            "source": endpoints.examples(model),
            "temperature": np.array([config.temperature], np.float32),
            "top_k": np.array([config.top_k], np.int32),
            "top_p": np.array([config.top_p], np.float32),
            "seed": np.array([0, 1], np.int32),
        },
    )


def _search(model) -> endpoint.Endpoint:
    def search(source):
        texts, log_probs = answering.found(
            model, source, model.config.beam_width, model.config.length_penalty
        )
        return {"text": texts[:, 0], "log_prob": log_probs[:, 0]}

    return endpoint.Endpoint(
        search,
        {"source": endpoints.text()},
        {"text": endpoints.text(), "log_prob": _LOG_PROB},
        "The best target of each source that beam search finds.",
        mobile=False,
        example={"source": endpoints.examples(model)},
    )


def _score(model) -> endpoint.Endpoint:
    def score(source, target):
        rows = model.source_of(source)
        target, lengths = model.rows_of(target, model.config.length - 1)
        found = answering.log_prob(model, *rows, target, lengths)
        return {"log_prob": found}

    return endpoint.Endpoint(
        score,
        {"source": endpoints.text(), "target": endpoints.text()},
        {"log_prob": _LOG_PROB},
        "log p of targets, their ends among them.",
        mobile=False,  # LiteRT has no strings.
        example={
            "source": endpoints.examples(model),
            "target": endpoints.examples(model),
        },
    )


def _encoding(model):
    """A function of tokens [B, S] and lengths [B] to a first step's input."""

    def encode(source, num_tokens):
        inside = tf.sequence_mask(num_tokens, model.config.source_length)
        memory = model.network.encode(source, inside)
        state = model.network.initial_state(memory, inside, model.config.length)
        return model.end * tf.ones_like(num_tokens), state

    return encode


def _encode(model, state) -> endpoint.Endpoint:
    def encode(source, num_tokens):
        token, state = _encoding(model)(source, num_tokens)
        return {"token": token} | stepping.outside(state)

    length = model.config.source_length
    token = spec.Spec((), "int32", 0, model.end, "That starts a target.")
    states = stepping.state_specs(state, model.config.length - 1)
    return endpoint.Endpoint(
        encode,
        {
            "source": spec.Spec(
                (length,), "int32", 0, model.end, "Tokens, then anything."
            ),
            "num_tokens": spec.Spec((), "int32", 1, length, "That there are."),
        },
        {"token": token} | states,
        "What `step` needs before its first token.",
        mobile=model.config.kind == "transformer",
    )
