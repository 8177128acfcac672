"""What a pixel model can be asked on a server and on a phone."""

import math
from typing import Any

import tensorflow as tf

from keras_gen import endpoint, spec
from keras_gen.models.pixels import asking
from keras_gen.ops import images as image_ops


def of(model: Any) -> dict[str, endpoint.Endpoint]:
    """{name: Endpoint} of a PixelModel."""
    images, labels = {"images": model.image_spec}, model.label_spec
    doc = "Equal seeds give equal images."
    seed = {"seed": spec.Spec((), "int32", doc=doc)}

    def generate(seed, labels=None):
        return {"images": asking.new(model, seed, labels)}

    def generate_png(seed, labels=None):
        found = asking.new(model, seed, labels)
        return {"images_bytes": image_ops.encode_png(found)}

    return {
        "generate": endpoint.Endpoint(
            generate, seed | labels, images, "New images."
        ),
        "complete": _complete(model, images, seed, labels),
        "log_prob": _log_prob(model, images, labels),
        "generate_png": endpoint.Endpoint(
            generate_png,
            seed | labels,
            {"images_bytes": spec.Spec((), "string", doc="A PNG file.")},
            "New images as PNG files, for clients without TensorFlow.",
            mobile=False,
        ),
    }


def _complete(model, images, seed, labels):
    def complete(images, mask, seed, labels=None):
        return {"images": asking.completed(model, images, mask, seed, labels)}

    doc = "1 where a pixel is known, 0 where it is drawn."
    mask = spec.Spec(model.config.image_shape[:2], "int32", 0, 1, doc)
    return endpoint.Endpoint(
        complete,
        images | {"mask": mask} | seed | labels,
        images,
        "Images whose hidden pixels are drawn.",
    )


def _log_prob(model, images, labels):
    count = math.prod(model.config.image_shape) * math.log(2.0)

    def log_prob(images, labels=None):
        each = model.log_probs_of(images, labels)
        found = tf.reduce_sum(each, axis=(1, 2, 3))
        return {"log_prob": found, "bits_per_dim": -found / count}

    return endpoint.Endpoint(
        log_prob,
        images | labels,
        {
            "log_prob": spec.Spec((), doc="log p(x), nats."),
            "bits_per_dim": spec.Spec((), doc="-log2 p(x) for each value."),
        },
        "How likely images are.",
        # LiteRT has scans for batches of known size alone.
        mobile=not model.network.scans,
    )
