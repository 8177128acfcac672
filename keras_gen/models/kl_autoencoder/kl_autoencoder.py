"""The autoencoder of latent diffusion: small maps that keep what is seen.

    error       sum over pixels and channels of |x - x'|, or of its square,
                where x' is the decoder's image of z ~ q(z | x)
    distance    error + perceptual_weight H W C LPIPS(x, x')
    loss        distance / s + H W C log s + kl_weight KL(q(z | x) || N(0, I))

for each image, with s = 1, or learned. The KL divergence keeps the maps from
drifting away, no more: at a weight of a millionth N(0, I) is not their
distribution, and images of random maps are bad. To learn that distribution is
the work of a diffusion model.

With a discriminator D of patches, encoder and decoder minimise beside `loss`

    adversarial_weight lambda (-D(x')),    lambda = |grad loss| / |grad -D(x')|

with gradients by the last kernel of the decoder, from a step on at which there
is something to judge; D minimises the hinge loss.

Differs from the paper's code: both players move at once, as in `GAN`, instead
of one after the other; the loss of D is not halved.

Reference: Rombach et al. 2021, arXiv 2112.10752, section 3.1 and appendix G;
Esser et al. 2020, arXiv 2012.09841, Eq. 6 and 7; Kingma and Welling 2013, arXiv
1312.6114.
"""

import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from keras_gen import distribution, networks, optimizers
from keras_gen.losses import adversarial
from keras_gen.models.kl_autoencoder import kl_autoencoder_config, latent_maps
from keras_gen.ops import seeds, shapes

tfd = tfp.distributions

PerceptualFn = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]

# Stream of a row's seed from which training draws; `generate` takes the first.
_POSTERIOR = 1
_ERRORS = {"l1": tf.abs, "l2": tf.square}
# Of Esser et al.'s code: beside the norm that divides, and above lambda.
_TINY, _GREATEST_LAMBDA = 1e-4, 1e4


@keras.saving.register_keras_serializable("keras_gen")
class KLAutoencoder(latent_maps.LatentMaps):
    """An autoencoder whose latent maps a diffusion model can learn.

    Args:
        config: a KLAutoencoderConfig; or its fields as keyword arguments.
        encoder: your own network, [B, H, W, C] to means and log variances
            [B, h, w, 2 Z].
        decoder: your own network, [B, h, w, Z] to [B, H, W, C].
        perceptual: (images, reconstructions), [B, H, W, C] each, to distances
            [B], such as `losses.perceptual.lpips`; see `use_perceptual`.
        **kwargs: fields of KLAutoencoderConfig, `name`, `dtype`.

    Raises:
        ValueError: a field, the shape of a network or what `perceptual`
            returns is wrong.

    Reference: Rombach et al. 2021, arXiv 2112.10752, section 3.1.
    """

    Config = kl_autoencoder_config.KLAutoencoderConfig

    def __init__(
        self,
        config: kl_autoencoder_config.KLAutoencoderConfig | None = None,
        *,
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        perceptual: PerceptualFn | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, encoder, decoder, **kwargs)
        self.discriminator = None
        if self.config.adversarial_weight:
            self.discriminator = networks.patch_discriminator(
                self.config.image_shape,
                self.config.discriminator_widths,
                num_groups=self.config.num_groups,
                dtype=self.dtype_policy,
            )
        self.log_noise = self.add_weight(
            shape=(),
            initializer="zeros",
            trainable=self.config.learn_noise,
            autocast=False,
            name="log_noise",
        )
        self.use_perceptual(perceptual)

    @classmethod
    def loss_names_of(
        cls, config: kl_autoencoder_config.KLAutoencoderConfig
    ) -> tuple[str, ...]:
        names = ("loss", "reconstruction", "kl")
        if config.perceptual_weight:
            names += ("perceptual",)
        if config.adversarial_weight:
            names += ("generator_loss", "discriminator_loss")
        return names

    def use_perceptual(self, perceptual: PerceptualFn | None) -> None:
        """Sets the perceptual distance, which is no part of the model.

        It is neither saved nor exported: give a loaded model one before it is
        trained or evaluated further.

        Args:
            perceptual: as in the constructor; tried on one image.

        Raises:
            ValueError: `perceptual_weight` is 0, or it does not return [B].
        """
        if perceptual is not None:
            if not self.config.perceptual_weight:
                raise ValueError(
                    "`perceptual` needs `perceptual_weight` above 0. Received "
                    "a distance with the weight 0. Leave it out, or weight it."
                )
            image = tf.zeros((1, *self.config.image_shape))
            shapes.check(perceptual(image, image), "1", "perceptual(...)")
        # In a function, where Keras does not look for weights to save.
        self._perceptual = lambda: perceptual

    # Training.

    def compile(
        self,
        optimizer: Any = "adam",
        *,
        discriminator_optimizer: Any = None,
        **options: Any,
    ) -> None:
        """Chooses how to train; builds the optimizers.

        Args:
            optimizer: of encoder and decoder, a Keras optimizer or its name.
            discriminator_optimizer: another one; an equal one where None.
            **options: as in `ExactModel.compile`.

        Raises:
            ValueError: an optimizer for a discriminator that is not there.
        """
        optimizer = optimizers.get(optimizer)
        other = discriminator_optimizer
        if self.discriminator is None and other is not None:
            raise ValueError(
                "`discriminator_optimizer` needs a discriminator. Received one "
                "where `adversarial_weight` is 0. Leave it out, or give "
                "`adversarial_weight`."
            )
        if self.discriminator is not None and other is None:
            other = type(optimizer).from_config(optimizer.get_config())
        super().compile(optimizer, **options)
        if other is not None:
            self.discriminator_optimizer = optimizers.get(other)
            variables = self.discriminator.trainable_variables
            self._build_optimizer(self.discriminator_optimizer, variables)

    @property
    def own_variables(self) -> list[keras.Variable]:
        parts = self.encoder, self.decoder
        found = [v for part in parts for v in part.trainable_variables]
        return found + [self.log_noise] * self.config.learn_noise

    @property
    def optimizers(self) -> list[keras.optimizers.Optimizer]:
        if self.discriminator is None:
            return super().optimizers
        return [self.optimizer, self.discriminator_optimizer]

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        config, images = self.config, batch["images"]
        q = self.posterior(images, training)
        noise = seeds.compiled_normal(seed, self.latent_shape, _POSTERIOR)
        rebuilt = self.decoder(q.mean() + q.stddev() * noise, training=training)
        error = _ERRORS[config.reconstruction](images - rebuilt)
        distance = tf.reduce_sum(error, axis=(1, 2, 3))
        prior = tfd.Independent(tfd.Normal(tf.zeros_like(q.mean()), 1.0), 3)
        found = {
            "reconstruction": distance,
            "kl": tfd.kl_divergence(q, prior),
        }
        size = math.prod(config.image_shape)
        if config.perceptual_weight:
            found["perceptual"] = self._perceptual()(images, rebuilt)
            distance += config.perceptual_weight * size * found["perceptual"]
        if config.learn_noise:
            log_noise = self.log_noise.value
            distance = distance / tf.exp(log_noise) + size * log_noise
        if self.discriminator is not None:
            found |= self._game(images, rebuilt, training)
        return {"loss": distance + config.kl_weight * found["kl"], **found}

    def _game(self, images, rebuilt, training):
        """The losses of both players, means over patches: [B] each."""
        real, fake = (
            self.discriminator(each, training=training)
            for each in (images, rebuilt)
        )
        hinge = adversarial.LOSSES["hinge"]
        of_discriminator = hinge.discriminator(
            real, fake, adversarial.Targets()
        )
        axes = (1, 2, 3)
        return {
            "generator_loss": tf.reduce_mean(hinge.generator(fake), axes),
            "discriminator_loss": tf.reduce_mean(of_discriminator, axes),
        }

    def train_step(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        if self.discriminator is None:
            return super().train_step(batch, seed)
        own, critic = self.own_variables, self.discriminator.trainable_variables
        losses, gradients = distribution.game_gradients(
            lambda batch, seed: self.losses(batch, seed, training=True),
            batch,
            seed,
            {
                "loss": (own, self.optimizer),
                "generator_loss": (own, self.optimizer),
                "discriminator_loss": (critic, self.discriminator_optimizer),
            },
            self.jit_compile,
        )
        start = self.config.adversarial_start_step
        joined = tf.cast(self.step.value >= start, tf.float32)
        weight = joined * self.config.adversarial_weight
        pairs = gradients["loss"], gradients["generator_loss"]
        if self.config.adaptive_weight:
            weight *= self._lambda(*pairs)
        total = [
            first if second is None else first + weight * second
            for first, second in zip(*pairs, strict=True)
        ]
        distribution.apply_gradients(self.optimizer, total, own)
        steps = [joined * each for each in gradients["discriminator_loss"]]
        distribution.apply_gradients(
            self.discriminator_optimizer, steps, critic
        )
        return losses

    def _lambda(self, of_loss, of_generator) -> tf.Tensor:
        """Esser et al. 2020, Eq. 7; gradients are those of all replicas."""
        kernels = [v for v in self.decoder.trainable_variables if v.ndim > 1]
        ids = [id(each) for each in self.own_variables]
        last = ids.index(id(kernels[-1]))
        pair = [of_loss[last], of_generator[last]]
        context = tf.distribute.get_replica_context()
        if context.num_replicas_in_sync > 1:
            pair = context.all_reduce(tf.distribute.ReduceOp.SUM, pair)
        first, second = map(tf.norm, pair)
        return tf.minimum(first / (second + _TINY), _GREATEST_LAMBDA)

    # Keras' own extension points.

    def make_train_function(self, force: bool = False):
        self._check_perceptual()
        return super().make_train_function(force)

    def make_test_function(self, force: bool = False):
        self._check_perceptual()
        return super().make_test_function(force)

    def _check_perceptual(self) -> None:
        if self.config.perceptual_weight and self._perceptual() is None:
            raise ValueError(
                "`perceptual_weight` needs a perceptual distance, which is not "
                "saved with the model. Received the weight "
                f"{self.config.perceptual_weight} and no distance. Give "
                "`perceptual` to the constructor, or call `use_perceptual`."
            )

    def get_compile_config(self) -> dict[str, Any] | None:
        fields = super().get_compile_config()
        if fields is not None and self.discriminator is not None:
            write = keras.saving.serialize_keras_object
            other = write(self.discriminator_optimizer)
            fields["discriminator_optimizer"] = other
        return fields
