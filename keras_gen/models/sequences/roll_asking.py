"""What a model of piano rolls can be asked, in Python and on a server.

generate   a primer, how many frames, seed -> roll
score      roll -> log p, and of how many frames
step       frame and state -> logits and state: a phone runs the loop
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from keras_gen import endpoint, spec
from keras_gen.models.sequences import stepping
from keras_gen.ops import seeds

_NOISE = 66  # Stream of the seeds of a frame.
_STRIDE = 64  # Lengths of what has no limit, so that few are compiled.


def nats(frames: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """-log p of frames [..., K], the sum over keys, [...]."""
    each = tf.nn.sigmoid_cross_entropy_with_logits(frames, logits)
    return tf.reduce_sum(each, axis=-1)


def log_prob(model: Any, rolls: Sequence[np.ndarray]) -> tf.Tensor:
    """See `PianoRollModel.log_prob`."""
    sizes = _sizes(model, rolls, 0)
    length = model.room or -(-max(sizes) // _STRIDE) * _STRIDE
    key = ("log_prob", length)
    ask = model.program(key, lambda *given: log_prob_of(model, *given))
    frames = tf.constant(_padded(model, rolls, length))
    return ask(frames, tf.constant(sizes))


def log_prob_of(model: Any, frames: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """log p [B], nats, of frames [B, T, K] after the first, up to lengths."""
    each = -nats(frames[:, 1:], model.network(frames)[:, :-1])
    inside = tf.sequence_mask(lengths - 1, tf.shape(each)[1])
    return tf.reduce_sum(tf.where(inside, each, 0.0), axis=1)


def draw(
    model: Any,
    frames: tf.Tensor,
    lengths: tf.Tensor,
    limits: tf.Tensor,
    seed: tf.Tensor,
    temperature: tf.Tensor,
) -> tf.Tensor:
    """Rolls [B, T, K] that begin with given ones, silent behind the limits.

    Args:
        model: a PianoRollModel.
        frames: [B, T, K]; what is behind `lengths` does not matter.
        lengths: [B] int32, frames that are given, 1 or more.
        limits: [B] int32, frames of each roll.
        seed: [B] int32.
        temperature: [B].
    """
    length, num_keys = frames.shape[1], frames.shape[2]
    # Before the loop: XLA takes very long on noise hashed from its index.
    places = tf.range(length)[:, tf.newaxis]
    frame_seeds = seeds.fold(seed[tf.newaxis], places)  # [T, B]

    def advance(index, frame, state, rolls):
        logits, state = model.network.step(frame, state)
        logits = tf.cast(logits, tf.float32) / temperature[:, tf.newaxis]
        noise = seeds.uniform(frame_seeds[index], (num_keys,), _NOISE)
        drawn = tf.cast(noise < tf.sigmoid(logits), tf.float32)
        index += 1
        given = (index < lengths)[:, tf.newaxis]
        frame = tf.where(given, frames[:, index], drawn)
        frame = tf.where((index < limits)[:, tf.newaxis], frame, 0.0)
        here = (tf.range(length) == index)[:, tf.newaxis]
        return index, frame, state, tf.where(here, frame[:, None], rolls)

    state = model.network.initial_state(tf.shape(frames)[0], length)
    return tf.while_loop(
        lambda index, *_: index < length - 1,
        advance,
        (tf.constant(0), frames[:, 0], state, frames),
        maximum_iterations=length - 1,
    )[-1]


def generate(
    model: Any,
    primers: Sequence[np.ndarray],
    num_frames: int,
    seed: int,
    temperature: float,
) -> list[np.ndarray]:
    """See `PianoRollModel.generate`."""
    if temperature <= 0:
        raise ValueError(
            f"`temperature` must be above 0. Received: {temperature}."
        )
    sizes = _sizes(model, primers, num_frames)
    length = max(sizes) + num_frames
    length = model.room or -(-length // _STRIDE) * _STRIDE
    key = ("draw", length)
    limits = np.array(sizes, np.int32) + num_frames
    rolls = model.program(key, lambda *given: draw(model, *given))(
        tf.constant(_padded(model, primers, length)),
        tf.constant(sizes),
        tf.constant(limits),
        tf.range(seed, seed + len(sizes)),
        tf.fill((len(sizes),), float(temperature)),
    )
    pairs = zip(rolls.numpy(), limits, strict=True)
    return [roll[:limit] for roll, limit in pairs]


def _sizes(model, rolls, num_frames) -> list[int]:
    """Frames of each roll, which must fit."""
    shapes = [np.shape(each) for each in rolls]
    num_keys = model.config.num_keys
    if not shapes or not all(
        len(shape) == 2 and shape[0] and shape[1] == num_keys
        for shape in shapes
    ):
        raise ValueError(
            f"`rolls` must be arrays [T, {num_keys}] of a frame or more. "
            f"Received shapes: {shapes[:5]}."
        )
    longest = max(shape[0] for shape in shapes)
    if model.room is not None and longest + num_frames > model.room:
        raise ValueError(
            f"`rolls` and `num_frames` must have at most {model.room} frames "
            f"together, the `length` of the model. Received: {longest} and "
            f"{num_frames}. Shorten one of them."
        )
    return [shape[0] for shape in shapes]


def _padded(model, rolls, length) -> np.ndarray:
    """[B, length, K], silent behind the ends."""
    shape = (len(rolls), length, model.config.num_keys)
    frames = np.zeros(shape, np.float32)
    for row, roll in zip(frames, rolls, strict=True):
        row[: len(roll)] = roll
    return frames


def endpoints(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a PianoRollModel."""
    length, num_keys = model.config.length, model.config.num_keys
    frame = spec.Spec((num_keys,), "float32", 0.0, 1.0, "The last one.")
    return {
        "generate": _generate(model),
        "score": _score(model),
        "step": stepping.step(
            model.network,
            "frame",
            frame,
            spec.Spec((num_keys,), doc="Of the next frame's keys."),
            length,
        ),
    }


def _generate(model) -> endpoint.Endpoint:
    length = model.config.length

    def generate(frames, num_given, num_frames, temperature, seed):
        limits = tf.minimum(num_given + num_frames, length)
        rolls = draw(model, frames, num_given, limits, seed, temperature)
        return {"frames": rolls, "num_frames": limits}

    count = spec.Spec((), "int32", 1, length, "Of the roll.")
    return endpoint.Endpoint(
        generate,
        {
            "frames": _roll(model, "Begins with what is given."),
            "num_given": spec.Spec((), "int32", 1, length, "Frames given."),
            "num_frames": spec.Spec((), "int32", 0, length, "To be drawn."),
            "temperature": spec.Spec((), "float32", 1e-3, 100.0, "1 for none."),
            "seed": spec.Spec((), "int32", doc="Decides what is drawn."),
        },
        {"frames": _roll(model, "Silent behind its end."), "num_frames": count},
        "Rolls that begin with given frames.",
        mobile=False,  # A phone runs the loop.
        example={
            "frames": np.zeros((1, length, model.config.num_keys), np.float32),
            "num_given": np.array([1, 2], np.int32),
            "num_frames": np.array([length - 2], np.int32),
            "temperature": np.array([1.0], np.float32),
            "seed": np.array([0, 1], np.int32),
        },
    )


def _score(model) -> endpoint.Endpoint:
    def score(frames, num_frames):
        return {
            "log_prob": log_prob_of(model, frames, num_frames),
            "num_predicted": num_frames - 1,
        }

    length = model.config.length
    return endpoint.Endpoint(
        score,
        {
            "frames": _roll(model, "Of any length up to T."),
            "num_frames": spec.Spec((), "int32", 1, length, "Of the roll."),
        },
        {
            "log_prob": spec.Spec((), doc="Nats, of all but the first frame."),
            "num_predicted": spec.Spec((), "int32", 0, doc="That it is of."),
        },
        "log p of rolls.",
        mobile=False,  # Whole rolls are no work for a phone.
    )


def _roll(model, doc) -> spec.Spec:
    shape = (model.config.length, model.config.num_keys)
    return spec.Spec(shape, "float32", 0.0, 1.0, doc)
