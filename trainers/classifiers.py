"""Classifiers to attack: those of `train_robust`, and one of photographs."""

from typing import Any, NamedTuple

FILES = (
    "model.keras of `train_robust`, or an npz file with the weights of "
    "EfficientNet-Lite0"
)


class Classifier(NamedTuple):
    """A network, and what it takes.

    Attributes:
        logits_of: [B, H, W, C] in [-1, 1] -> logits [B, V].
        image_shape: (H, W, C).
        num_classes: V.
    """

    logits_of: Any
    image_shape: tuple[int, ...]
    num_classes: int


def load(path: str) -> Classifier:
    """The classifier of a file, by its ending.

    Args:
        path: `FILES`.

    Raises:
        ValueError: it is neither, or damaged.
    """
    import keras_gen  # Late: `--help` need not wait for TensorFlow.

    if path.endswith(".npz"):
        network = keras_gen.weights.efficientnet_lite0(path)
        return Classifier(
            lambda images: network(images, training=False),
            network.input_shape[1:],
            network.output_shape[-1],
        )
    model = keras_gen.load(path)
    if not isinstance(model, keras_gen.AdversarialTraining):
        raise ValueError(
            f"`--model` must be a {FILES}. Received: {type(model).__name__}."
        )
    return Classifier(
        model.logits_of, model.config.image_shape, model.config.num_classes
    )
