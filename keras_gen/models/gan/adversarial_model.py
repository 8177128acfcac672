"""What all GANs share: two players, two optimizers, and an average.

    latent          z ~ N(0, I), a function of the row's seed
    generator       G: [B, Z] -> images [B, H, W, C] in [-1, 1]
    discriminator   D: images -> logits [B], large where they look real
    average         exponential moving average of G, which draws the samples

A step updates D on real images and on images of G, then G by what the new D
says of new images. Real and generated images go through D apart, each batch
with statistics of its own. Nothing is switched off and on: each player's
gradient is taken by its own variables alone.

Reference: Goodfellow et al. 2014, arXiv 1406.2661, Algorithm 1.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_gen import base, distribution, endpoint, spec
from keras_gen.losses import adversarial
from keras_gen.ops import images as image_ops
from keras_gen.ops import seeds

# Streams of a row's seed: what the discriminator and the generator train on.
_FOR_DISCRIMINATOR, _FOR_GENERATOR = 1, 2


class AdversarialModel(base.GenerativeModel):
    """A generator against a discriminator.

    Args:
        config: as in `GenerativeModel`.
        generator: [B, Z] to images [B, H, W, C] in [-1, 1].
        discriminator: images to logits [B, 1].
        networks: those of the two that the user gave.
        **kwargs: as in `GenerativeModel`.

    Raises:
        ValueError: a network has other input or output shapes.
    """

    loss_names = ("loss", "generator_loss", "discriminator_loss")

    def build_networks(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
    ) -> None:
        """Takes the two players; called once, by the constructor."""
        latent_shape, image_shape = (
            (self.config.latent_size,),
            self.config.image_shape,
        )
        _check_network(generator, "generator", latent_shape, image_shape)
        _check_network(discriminator, "discriminator", image_shape, (1,))
        self.generator = generator
        self.discriminator = discriminator
        self.average = keras.models.clone_model(generator)
        self.average.trainable = False
        self.average.set_weights(generator.get_weights())
        self.adversarial_loss = adversarial.LOSSES[self.config.loss]

    @property
    def batch_spec(self) -> dict[str, spec.Spec]:
        return {"images": self._image_spec}

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
            generator_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        generator_optimizer = keras.optimizers.get(generator_optimizer)
        if discriminator_optimizer is None:
            discriminator_optimizer = type(generator_optimizer).from_config(
                generator_optimizer.get_config()
            )
        super().compile(generator_optimizer, **options)
        self.discriminator_optimizer = keras.optimizers.get(
            discriminator_optimizer
        )
        self._build_optimizer(
            self.discriminator_optimizer, self.discriminator.trainable_variables
        )

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        return [self.optimizer, self.discriminator_optimizer]

    def train_step(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        parts = self._parts(batch, seed)
        on_discriminator = [
            self._update(
                self._discriminator_losses,
                *part,
                self.discriminator.trainable_variables,
                self.discriminator_optimizer,
            )
            for part in parts
        ]
        on_generator = self._update(
            self._generator_losses,
            *parts[-1],
            self.generator.trainable_variables,
            self.optimizer,
        )
        # Means over the batch, though the generator saw only the last part.
        return _together(
            tf.concat(on_discriminator, axis=0),
            tf.tile(on_generator, (len(parts),)),
        )

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        return _together(
            self._discriminator_losses(batch, seed, training)["loss"],
            self._generator_losses(batch, seed, training)["loss"],
        )

    def after_step(self) -> None:
        super().after_step()
        decay = self.config.ema_decay
        pairs = zip(self.average.weights, self.generator.weights, strict=True)
        for mean, weight in pairs:
            mean.assign(decay * mean.value + (1.0 - decay) * weight.value)

    def _discriminator_losses(self, batch, seed, training):
        images = batch["images"]
        latent = self.latent_of_seed(seed, _FOR_DISCRIMINATOR)
        fake = self.generator(latent, training=training)
        loss = self.adversarial_loss.discriminator(
            self.logits_of(images, training),
            self.logits_of(fake, training),
            adversarial.Targets(),
        )
        return {"loss": loss}

    def _generator_losses(self, batch, seed, training):
        del batch
        latent = self.latent_of_seed(seed, _FOR_GENERATOR)
        fake = self.generator(latent, training=training)
        logits = self.logits_of(fake, training)
        return {"loss": self.adversarial_loss.generator(logits)}

    def _update(self, losses_fn, batch, seed, variables, optimizer):
        """One update of one player; its losses [B]."""
        losses, gradients = distribution.gradients(
            lambda batch, seed: losses_fn(batch, seed, True),
            batch,
            seed,
            variables,
            optimizer,
            self.jit_compile,
        )
        distribution.apply_gradients(optimizer, gradients, variables)
        return losses["loss"]

    def _parts(self, batch, seed):
        """[(batch, seed)], one for each update of the discriminator."""
        count = self.config.num_discriminator_updates
        rows = seed.shape[0]
        if rows is not None and rows % count:  # Else `tf.split` says so.
            raise ValueError(
                "The batch of a replica must be a multiple of "
                f"`num_discriminator_updates` {count}. Received: {rows} rows. "
                "Change the batch size, and drop what remains at the end."
            )
        columns = {name: tf.split(rows, count) for name, rows in batch.items()}
        return [
            ({name: each[i] for name, each in columns.items()}, part)
            for i, part in enumerate(tf.split(seed, count))
        ]

    # Asking.

    def latent_of_seed(self, seed: tf.Tensor, stream: int = 0) -> tf.Tensor:
        """z [B, Z] of seeds [B] int32."""
        shape = (self.config.latent_size,)
        if self.config.latent == "uniform":
            return 2.0 * seeds.uniform(seed, shape, stream) - 1.0
        if stream:  # Of training alone.
            return seeds.compiled_normal(seed, shape, stream)
        return seeds.normal(seed, shape, stream)

    def logits_of(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """D(x) of images [B, H, W, C]: logits [B] float32."""
        return self.discriminator(images, training=training)[:, 0]

    def call(self, latent: tf.Tensor) -> tf.Tensor:
        """Images [B, H, W, C] of latent [B, Z]."""
        return self.average(latent, training=False)

    def decode(self, latent: Any) -> tf.Tensor:
        """Latent [B, Z] to images [B, H, W, C]."""
        return self.run("decode", latent=latent)["images"]

    def generate(self, num: int, seed: int = 0) -> tf.Tensor:
        """New images; image i has seed + i.

        Returns:
            [num, H, W, C] float32 in [-1, 1].
        """
        row_seeds = np.arange(seed, seed + num, dtype=np.int32)
        return self.run("generate", seed=row_seeds)["images"]

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        images = self._image_spec
        seed = spec.Spec((), "int32", doc="Equal seeds give equal images.")
        latent = spec.Spec((self.config.latent_size,), doc="Codes.")
        png = spec.Spec((), "string", doc="A PNG file.")
        return {
            "generate": endpoint.Endpoint(
                lambda seed: {"images": self._images_of(seed)},
                {"seed": seed},
                {"images": images},
                "New images.",
            ),
            "decode": endpoint.Endpoint(
                lambda latent: {"images": self(latent)},
                {"latent": latent},
                {"images": images},
                "Images of codes.",
            ),
            "score": endpoint.Endpoint(
                lambda images: {"logits": self.logits_of(images)},
                {"images": images},
                {"logits": spec.Spec((), doc="Large where it looks real.")},
                "What the discriminator says of images.",
            ),
            "generate_png": endpoint.Endpoint(
                lambda seed: {
                    "images_bytes": image_ops.encode_png(self._images_of(seed))
                },
                {"seed": seed},
                {"images_bytes": png},
                "New images as PNG files, for clients without TensorFlow.",
                mobile=False,
            ),
        }

    def _images_of(self, seed: tf.Tensor) -> tf.Tensor:
        return self(self.latent_of_seed(seed))

    @property
    def _image_spec(self) -> spec.Spec:
        shape = self.config.image_shape
        return spec.Spec(shape, "float32", -1.0, 1.0, "Images in [-1, 1].")

    # Keras' own extension points.

    def get_compile_config(self) -> dict[str, Any] | None:
        fields = super().get_compile_config()
        if fields is None:
            return None
        write = keras.saving.serialize_keras_object
        fields["generator_optimizer"] = fields.pop("optimizer")
        fields["discriminator_optimizer"] = write(self.discriminator_optimizer)
        return fields


def _together(discriminator_loss, generator_loss) -> dict[str, tf.Tensor]:
    return {
        "loss": discriminator_loss + generator_loss,
        "generator_loss": generator_loss,
        "discriminator_loss": discriminator_loss,
    }


def _check_network(network, name, input_shape, output_shape) -> None:
    received = network.input_shape[1:], network.output_shape[1:]
    expected = tuple(input_shape), tuple(output_shape)
    if received != expected:
        raise ValueError(
            f"`{name}` must map rows of shape {expected[0]} to {expected[1]}. "
            f"Received a network from {received[0]} to {received[1]}. Change "
            "the network, or `image_shape` and `latent_size`."
        )
