"""What all GANs share: two players, two optimizers, and an average.

    latent          z ~ N(0, I), a function of the row's seed
    generator       G: z (and labels) -> images in [-1, 1]
    discriminator   D: images (and labels) -> logits, large where they look real
    average         exponential moving average of G, which draws the samples

A step updates both by one pass: what D says of real images and of images of G
is what either learns from. Nothing is switched off and on: each player's
gradient is taken by its own variables alone, and no statistics decide who
learns when.

Differs from the paper: Algorithm 1 updates D first, then G by new images; here
both move at once, which saves a pass of G and one of D. Further updates of D
alone (`num_discriminator_updates`) come before.

Reference: Goodfellow et al. 2014, arXiv 1406.2661.
"""

from typing import Any

import keras
import tensorflow as tf

from keras_gen import distribution, endpoint, image_generator, optimizers, spec
from keras_gen.losses import adversarial
from keras_gen.models.gan import game, hybrid
from keras_gen.networks import moving_average
from keras_gen.ops import seeds

# Stream of a row's seed from which training draws latent vectors.
_LATENT = 1


class AdversarialModel(image_generator.ImageGenerator):
    """A generator against a discriminator.

    A subclass builds both networks and hands them to `_set_networks`.
    """

    loss_names = ("loss", "generator_loss", "discriminator_loss")

    def _set_networks(
        self, generator: keras.Model, discriminator: keras.Model
    ) -> None:
        config = self.config
        num_logits = 1
        if config.auxiliary_weight:
            num_logits += config.num_classes
        latent_shape, image_shape = (self.code_size,), config.image_shape
        _check_network(generator, "generator", latent_shape, image_shape)
        _check_network(
            discriminator, "discriminator", image_shape, (num_logits,)
        )
        self.generator = generator
        self.discriminator = discriminator
        self.average = moving_average.copy_of(generator)
        self.past = None
        if config.replay_rate:
            self.past = moving_average.copy_of(generator)
        self.encoder = self._encoder() if config.vae_weight else None

    def _encoder(self) -> keras.Model:
        """Images to mean and logarithm of the variance, [B, 2 Z]."""
        raise NotImplementedError(f"{type(self).__name__}._encoder")

    # Training.

    def compile(
        self,
        generator_optimizer: Any = None,
        discriminator_optimizer: Any = None,
        **options: Any,
    ) -> None:
        """Chooses how to train; builds both optimizers.

        Args:
            generator_optimizer: a Keras optimizer or its name; Adam with
                learning rate 2e-4 and beta_1 0.5 where None.
            discriminator_optimizer: another one; an equal one where None.
            **options: as in `ExactModel.compile`.

        Reference: Radford et al. 2015, arXiv 1511.06434, section 4.
        """
        if generator_optimizer is None:
            generator_optimizer = optimizers.Adam(2e-4, beta_1=0.5)
        generator_optimizer = optimizers.get(generator_optimizer)
        if discriminator_optimizer is None:
            discriminator_optimizer = type(generator_optimizer).from_config(
                generator_optimizer.get_config()
            )
        super().compile(generator_optimizer, **options)
        self.discriminator_optimizer = optimizers.get(discriminator_optimizer)
        self._build_optimizer(
            self.discriminator_optimizer, self.discriminator.trainable_variables
        )

    @property
    def own_variables(self) -> list[keras.Variable]:
        encoder = self.encoder.trainable_variables if self.encoder else []
        return self.generator.trainable_variables + encoder

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        return [self.optimizer, self.discriminator_optimizer]

    def train_step(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        discriminator = (
            self.discriminator.trainable_variables,
            self.discriminator_optimizer,
        )
        generator = self.own_variables, self.optimizer
        *first, last = self._parts(batch, seed)
        found = [
            self._update(*part, {"discriminator_loss": discriminator})
            for part in first
        ]
        players = {
            "discriminator_loss": discriminator,
            "generator_loss": generator,
        }
        found.append(self._update(*last, players))
        return {
            name: tf.concat([each[name] for each in found], axis=0)
            for name in self.loss_names
        }

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        labels = batch.get("labels")
        inputs = game.with_labels(self.latent_of(seed, _LATENT), labels)
        fake = self.generator(inputs, training=training)
        if training:
            past = self.past(inputs, training=False) if self.past else None
            seen = game.look(
                self.config, self.step, batch["images"], fake, past, seed
            )
            losses = game.losses(
                self.config, self.discriminator, seen, labels, seed
            )
        else:
            losses = self._plain_losses(batch["images"], fake, labels)
        of_discriminator, of_generator = losses
        if training and self.encoder is not None:  # 7
            of_generator += self.config.vae_weight * hybrid.loss(
                self.encoder, self.generator, batch["images"], labels, seed
            )
        return {
            "loss": of_discriminator + of_generator,
            "generator_loss": of_generator,
            "discriminator_loss": of_discriminator,
        }

    def _plain_losses(self, images, fake, labels):
        """As `game.losses` without a switch: what evaluation compares."""
        real = self.logits_of(images, labels)
        fake = self.logits_of(fake, labels)
        loss = adversarial.LOSSES[self.config.loss]
        neutral = adversarial.Targets()
        return loss.discriminator(real, fake, neutral), loss.generator(fake)

    def after_step(self) -> None:
        super().after_step()
        moving_average.follow(
            self.average,
            self.generator,
            self.config.ema_decay,
            self.step.value,
        )
        if self.past is not None:
            due = tf.equal(self.step.value % self.config.replay_period, 0)
            pairs = zip(self.past.weights, self.generator.weights, strict=True)
            for old, weight in pairs:
                old.assign(tf.where(due, weight.value, old.value))

    def _update(self, batch, seed, players):
        """One update of the players; the losses {name: [B]}."""
        losses, gradients = distribution.game_gradients(
            lambda batch, seed: self.losses(batch, seed, training=True),
            batch,
            seed,
            players,
            self.jit_compile,
        )
        for name, (variables, optimizer) in players.items():
            distribution.apply_gradients(optimizer, gradients[name], variables)
        return losses

    def _parts(self, batch, seed):
        """[(batch, seed)], one for each update of the discriminator."""
        count = self.config.num_discriminator_updates
        rows = seed.shape[0]
        if rows is not None and rows % count:  # Else `tf.reshape` says so.
            raise ValueError(
                "The batch of a replica must be a multiple of "
                f"`num_discriminator_updates` {count}. Received: {rows} rows. "
                "Change the batch size, and drop what remains at the end."
            )

        def split(rows):
            # Every n-th row: the parts of replicas make those of one device.
            return tf.unstack(
                tf.reshape(rows, (-1, count, *rows.shape[1:])), axis=1
            )

        columns = {name: split(rows) for name, rows in batch.items()}
        return [
            ({name: each[i] for name, each in columns.items()}, part)
            for i, part in enumerate(split(seed))
        ]

    # Asking.

    @property
    def code_size(self) -> int:
        """Z, and what a generator adds to it."""
        return self.config.latent_size

    def latent_of(self, seed: tf.Tensor, stream: int = 0) -> tf.Tensor:
        if self.config.latent == "uniform":
            return 2.0 * seeds.uniform(seed, (self.code_size,), stream) - 1.0
        return super().latent_of(seed, stream)

    def images_of(
        self, latent: tf.Tensor, labels: tf.Tensor | None
    ) -> tf.Tensor:
        inputs = game.with_labels(latent, labels)
        return tf.clip_by_value(self.average(inputs, training=False), -1, 1)

    def logits_of(
        self, images: tf.Tensor, labels: tf.Tensor | None
    ) -> tf.Tensor:
        """D of images [B, H, W, C], labels [B] or None: logits [B]."""
        inputs = game.with_labels(images, labels)
        return self.discriminator(inputs, training=False)[:, 0]

    def call(self, latent: tf.Tensor, labels: Any = None) -> tf.Tensor:
        """Images [B, H, W, C] of latent [B, Z]."""
        return self.images_of(latent, labels)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        def score(images, labels=None):
            return {"logits": self.logits_of(images, labels)}

        found = super().endpoints() | {
            "score": endpoint.Endpoint(
                score,
                self.batch_spec,
                {"logits": spec.Spec((), doc="Large where it looks real.")},
                "What the discriminator says of images.",
                mobile=False,  # Phones draw; int8 would spoil small logits.
            )
        }
        if self.encoder is not None:
            found["encode"] = endpoint.Endpoint(
                lambda images: {"latent": self._mean_latent(images)},
                {"images": self.image_spec},
                {"latent": spec.Spec((self.code_size,), doc="Codes.")},
                "Latent vectors from which `decode` makes such images.",
                mobile=False,
            )
        return found

    def _mean_latent(self, images: tf.Tensor) -> tf.Tensor:
        code = self.encoder(images, training=False)
        return tf.split(code, 2, axis=-1)[0]

    # Keras' own extension points.

    def get_compile_config(self) -> dict[str, Any] | None:
        fields = super().get_compile_config()
        if fields is None:
            return None
        write = keras.saving.serialize_keras_object
        fields["generator_optimizer"] = fields.pop("optimizer")
        fields["discriminator_optimizer"] = write(self.discriminator_optimizer)
        return fields


def _check_network(network, name, input_shape, output_shape) -> None:
    shape = network.input_shape
    if isinstance(shape, list):  # Labels come second.
        shape = shape[0]
    received = shape[1:], network.output_shape[1:]
    expected = tuple(input_shape), tuple(output_shape)
    if received != expected:
        raise ValueError(
            f"`{name}` must map rows of shape {expected[0]} to {expected[1]}. "
            f"Received a network from {received[0]} to {received[1]}. Change "
            "the network, or `image_shape` and `latent_size`."
        )
