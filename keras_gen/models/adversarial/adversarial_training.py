"""A classifier that learns from attacks on it.

With J the cross-entropy of a label and x' the image after an attack:

    plain       J(x)
    goodfellow  a J(x) + (1 - a) J(x'),   x' by FGSM
    madry       J(x'),                    x' by PGD
    fast        J(x'),                    x' by one step from a random start
    trades      J(x) + b KL(p(x) | p(x')), x' by PGD on that divergence

Reference: Goodfellow et al. 2014, arXiv 1412.6572, section 6; Madry et al.
2017, arXiv 1706.06083, Eq. 2.1; Wong et al. 2020, arXiv 2001.03994, Algorithm
3; Zhang et al. 2019, arXiv 1901.08573, Eq. 5.
"""

from typing import Any

import keras
import tensorflow as tf

from keras_gen import endpoint, image_model, networks, spec
from keras_gen.models.adversarial import adversarial_config
from keras_gen.ops import seeds

_ATTACK = 1  # Stream of a row's seed.


@keras.saving.register_keras_serializable("keras_gen")
class AdversarialTraining(image_model.ImageModel):
    """Trains a classifier of images by one of the methods above.

    `evaluate` gives the mean loss, the share of images that the classifier has
    wrong (`error`), and of those that it has wrong after the attack that the
    Config describes (`attacked_error`). Stronger attacks are in
    `keras_gen.attacks`; `logits_of` is what they take.

    Args:
        config: an AdversarialTrainingConfig; or its fields as keyword
            arguments.
        classifier: your own network, [B, H, W, C] in [-1, 1] to logits [B, V].
        **kwargs: fields of the Config, `name`, `dtype`.

    Raises:
        ValueError: a field or the shape of the network is wrong.
    """

    Config = adversarial_config.AdversarialTrainingConfig
    loss_names = ("loss", "error", "attacked_error")

    def __init__(
        self,
        config: adversarial_config.AdversarialTrainingConfig | None = None,
        *,
        classifier: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, networks={"classifier": classifier}, **kwargs)
        self.classifier = classifier or self._built_in()
        shape = self.classifier.compute_output_shape(
            (None, *self.config.image_shape)
        )
        if tuple(shape) != (None, self.config.num_classes):
            raise ValueError(
                "`classifier` must map images [B, H, W, C] to logits "
                f"[B, {self.config.num_classes}]. Received one that gives "
                f"{tuple(shape)}."
            )

    def _built_in(self) -> keras.Model:
        config = self.config
        whole = networks.digit_classifier(
            config.image_shape,
            config.num_classes,
            config.feature_size,
            seed=config.seed,
            dtype=self.dtype_policy,
        )
        return keras.Model(
            whole.input, whole.output["logits"], name="classifier"
        )

    def losses(
        self, batch: dict[str, tf.Tensor], seed: tf.Tensor, training: bool
    ) -> dict[str, tf.Tensor]:
        images, labels = batch["images"], batch["labels"]
        attacked = tf.stop_gradient(self._attacked(images, labels, seed))
        if training and self.config.attack_warmup_steps:
            done = tf.cast(self.step.value + 1, tf.float32)
            share = tf.minimum(1.0, done / self.config.attack_warmup_steps)
            attacked = images + share * (attacked - images)
        clean, moved = self._both_logits(images, attacked, training)
        return {
            "loss": self._loss(clean, moved, labels),
            "error": _wrong(clean, labels),
            "attacked_error": _wrong(moved, labels),
        }

    def _both_logits(self, images, attacked, training):
        """What is not learned from is only looked at: it has no gradient."""
        method = self.config.method
        if method == "plain":
            learned = self._logits(images, training)
            return learned, tf.stop_gradient(self.logits_of(attacked))
        if method in ("madry", "fast"):
            learned = self._logits(attacked, training)
            return tf.stop_gradient(self.logits_of(images)), learned
        # One call for both, as layers may look at the whole batch.
        both = tf.concat([images, attacked], axis=0)
        return tf.split(self._logits(both, training), 2)

    def _logits(self, images, training):
        return tf.cast(self.classifier(images, training=training), tf.float32)

    def _loss(self, clean, moved, labels):
        config = self.config
        of_clean, of_moved = (
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, each)
            for each in (clean, moved)
        )
        if config.method == "trades":
            return of_clean + config.trades_weight * _divergence(clean, moved)
        share = {"plain": 1.0, "goodfellow": config.clean_share}
        share = share.get(config.method, 0.0)
        return share * of_clean + (1.0 - share) * of_moved

    def _attacked(self, images, labels, seed):
        attack = self.config.attack
        seed = seeds.fold(seed, _ATTACK)
        if self.config.method != "trades":
            return attack(self.logits_of, images, labels, seed)
        clean = tf.stop_gradient(self.logits_of(images))

        def ascent(x):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                logits = self.logits_of(x)
                gain = _divergence(clean, logits)
            return gain, tf.zeros_like(labels, tf.bool), tape.gradient(gain, x)

        return attack.climb(ascent, images, seed)

    def logits_of(self, images: tf.Tensor) -> tf.Tensor:
        """A LogitsFn: [B, H, W, C] in [-1, 1] -> [B, V] float32."""
        return self._logits(images, training=False)

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Logits [B, V] of images [B, H, W, C]."""
        return self.logits_of(images)

    def endpoints(self) -> dict[str, endpoint.Endpoint]:
        images, labels = self.image_spec, self.label_spec["labels"]
        count = self.config.num_classes
        seed = spec.Spec((), "int32", doc="Equal seeds give equal images.")
        return {
            "classify": endpoint.Endpoint(
                lambda images: _answer(self.logits_of(images)),
                {"images": images},
                {
                    "labels": labels,
                    "probabilities": spec.Spec(
                        (count,), "float32", 0.0, 1.0, "Of each class."
                    ),
                },
                "The likeliest class of images.",
            ),
            "attack": endpoint.Endpoint(
                lambda images, labels, seed: {
                    "images": self.config.attack(
                        self.logits_of, images, labels, seed
                    )
                },
                {"images": images, "labels": labels, "seed": seed},
                {"images": images},
                "Images that the classifier is to take for others.",
                mobile=False,
            ),
        }


def _wrong(logits, labels):
    found = tf.argmax(logits, axis=-1, output_type=labels.dtype)
    return tf.cast(found != labels, tf.float32)


def _divergence(clean, moved):
    """KL(softmax(clean) | softmax(moved)), [B]."""
    log_p, log_q = map(tf.nn.log_softmax, (clean, moved))
    return tf.reduce_sum(tf.exp(log_p) * (log_p - log_q), axis=-1)


def _answer(logits):
    return {
        "labels": tf.argmax(logits, axis=-1, output_type=tf.int32),
        "probabilities": tf.nn.softmax(logits),
    }
