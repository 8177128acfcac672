"""PianoRollModel: which keys sound next, given all frames before.

    log p(roll) = sum over t, k of log Bernoulli(key k of frame t | frames < t)

A network gives a logit for each key of the next frame; the keys of a frame are
independent given the frames before. The loss is nats for each frame: the sum
over keys, the mean over all real frames but a roll's first, which is given.

Reference: Boulanger-Lewandowski et al. 2012, arXiv 1206.6392, for the data;
Bai et al. 2018, arXiv 1803.01271, section 5, for the protocol, that of the
program published with it, which leaves out the first frame.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, endpoint, networks, spec
from keras_gen.models.sequences import (
    language_model,
    padding,
    roll_asking,
    roll_config,
)


@keras.saving.register_keras_serializable("keras_gen")
class PianoRollModel(base.GenerativeModel):
    """A recurrent network or a transformer over the frames of a piano roll.

    Args:
        config: a PianoRollConfig; or its fields as keyword arguments.
        network: the user's own, or None: frames [B, T, K] to logits [B, T, K],
            with `step` and `initial_state` as those of `networks.GPT`.
        **kwargs: fields of PianoRollConfig, `name`, `dtype`.

    Raises:
        ValueError: a field is wrong, or the network does not fit.
    """

    Config = roll_config.PianoRollConfig
    loss_names = padding.LOSS_NAMES

    def __init__(
        self,
        config: roll_config.PianoRollConfig | None = None,
        *,
        network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"network": network}, **kwargs)
        language_model.check_dropout(self.config, network)
        self.network = network or self._network()
        expected = (None, self.config.length, self.config.num_keys)
        shape = self.network.compute_output_shape(expected)
        if tuple(shape) != expected:
            raise ValueError(
                "`network` must map frames [B, T, K] to logits of the same "
                f"shape, here {expected}. Received one that gives "
                f"{tuple(shape)}."
            )

    @property
    def room(self) -> int | None:
        """Frames that a roll may have; None for any number."""
        is_transformer = self.config.network == "transformer"
        return self.config.length if is_transformer else None

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        length = self.config.length
        shape = (length + 1, self.config.num_keys)
        doc = "1 where a key sounds, 0 elsewhere; the first frame is given."
        return {
            "frames": spec.Spec(shape, "float32", 0.0, 1.0, doc),
            "lengths": padding.spec_of(length),
        }

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        frames = batch["frames"]
        options = {"training": training}
        if training and self.config.dropout:
            count = self.network.num_masks
            options["masks"] = language_model.masks(self.config, count, seed)
        logits = self.network(frames[:, :-1], **options)
        each = roll_asking.nats(frames[:, 1:], logits)  # [B, T]
        return padding.masked(each, batch["lengths"])

    def means_of(self, sums: tf.Tensor) -> dict[str, np.ndarray]:
        """Per real frame."""
        return padding.per_entry(super().means_of(sums))

    def call(self, frames: tf.Tensor) -> tf.Tensor:
        """Logits [B, T, K] of what follows each of frames [B, T, K]."""
        return self.network(frames)

    def generate(
        self,
        primers: Sequence[np.ndarray],
        num_frames: int = 64,
        seed: int = 0,
        *,
        temperature: float = 1.0,
    ) -> list[np.ndarray]:
        """Rolls that begin with primers; roll i has seed + i.

        Args:
            primers: [B] rolls [P_i, K] of a frame or more.
            num_frames: that are drawn for each.
            seed: of the first.
            temperature: by which logits are divided.

        Returns:
            [B] rolls [P_i + num_frames, K] float32, 0 and 1.

        Raises:
            ValueError: a primer does not fit, or is too long.
        """
        return roll_asking.generate(
            self, primers, num_frames, seed, temperature
        )

    def log_prob(self, rolls: Sequence[np.ndarray]) -> tf.Tensor:
        """log p [B], nats, of rolls [T_i, K] after their first frames.

        Raises:
            ValueError: a roll does not fit, or is longer than there is room.
        """
        return roll_asking.log_prob(self, rolls)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        """Rolls in and out; a step for hosts that run the loop."""
        return roll_asking.endpoints(self)

    def _network(self) -> keras.Model:
        config = self.config
        common = {
            "vocabulary_size": config.num_keys,
            "width": config.width,
            "num_layers": config.num_layers,
            "tied": False,
            "multi_hot": True,
            "dtype": self.dtype_policy,
            "name": "network",
        }
        if config.network == "transformer":
            return networks.GPT(
                num_heads=config.num_heads,
                num_distances=config.num_distances,
                **common,
            )
        return networks.RecurrentNetwork(cell=config.network, **common)
