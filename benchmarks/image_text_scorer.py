"""How well texts describe images, learned from images with captions.

An image and a text each become a vector of length 1; their score is the
product. Both networks start from nothing, and learn to tell which caption of a
batch belongs to which image, and which image to which caption.

Reference: Radford et al. 2021, arXiv 2103.00020, figure 3. The text is a bag of
tokens, and the temperature is fixed: the data are few.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from keras_gen import data
from keras_gen.tokenizers import clip_bpe_graph, clip_vocabulary

_SIZE = 128  # Of the vectors.
_WIDTHS = (32, 64, 128, 192)
_SHARPNESS = 10.0  # One over the temperature.
_BATCH_SIZE = 128
_NUM_BUCKETS = 2**24  # Of captions; exact in float32, to which Keras casts.
_LEARNING_RATE, _WEIGHT_DECAY = 1e-3, 0.05


def train(
    examples: data.Examples, prompt_length: int, num_epochs: int, seed: int
) -> tuple[keras.Model, keras.Model]:
    """Both networks, trained.

    Args:
        examples: images with captions.
        prompt_length: T, tokens of a text.
        num_epochs: passes over the images.
        seed: of the weights, the order and the augmentation.

    Returns:
        images [B, H, W, C] in [-1, 1] -> [B, D], tokens [B, T] -> [B, D].
    """
    keras.utils.set_random_seed(seed)
    image_tower = _image_tower(examples.image_shape)
    text_tower = _text_tower(prompt_length)
    images = keras.Input(examples.image_shape)
    tokens = keras.Input((prompt_length,), dtype="int32")
    scores = keras.ops.matmul(
        image_tower(_augmentation(seed)(images)),
        keras.ops.transpose(text_tower(tokens)),
    )
    model = keras.Model([images, tokens], _SHARPNESS * scores)
    steps = num_epochs * (len(examples) // _BATCH_SIZE)
    schedule = keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=_WEIGHT_DECAY),
        loss=contrastive,
    )
    tokenize = clip_bpe_graph.GraphClipTokenizer(prompt_length)
    batches = data.pipeline(
        examples, _BATCH_SIZE, seed=seed, with_captions=True
    ).map(
        lambda batch: (
            (batch["images"], tokenize(batch["captions"]).ids),
            tf.strings.to_hash_bucket_fast(batch["captions"], _NUM_BUCKETS),
        )
    )
    model.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0)
    return image_tower, text_tower


def contrastive(captions: tf.Tensor, scores: tf.Tensor) -> tf.Tensor:
    """Mean cross-entropy of rows and of columns, nats, [B].

    Args:
        captions: [B] numbers; equal ones are right for each other's images.
        scores: [B, B] of images and captions.
    """
    captions = tf.reshape(captions, (-1,))
    same = tf.cast(captions[:, None] == captions[None], scores.dtype)
    target = same / tf.reduce_sum(same, axis=1, keepdims=True)
    both = [
        tf.nn.softmax_cross_entropy_with_logits(target, each)
        for each in (scores, tf.transpose(scores))
    ]
    return 0.5 * (both[0] + both[1])


def retrieval(
    images: np.ndarray, texts: np.ndarray, right: np.ndarray, num: int
) -> float:
    """Share of images whose caption scores highest among `num`.

    The others are drawn from all that differ, without replacement; the share
    is the mean over all such draws. A tie counts as not found.

    Args:
        images: [N, D], vectors of images.
        texts: [M, D], of captions.
        right: [N], rows of the images' captions.
        num: candidates, at most M.
    """
    scores = images @ texts.T
    own = scores[np.arange(len(images)), right]
    better = np.sum(scores >= own[:, None], axis=1) - 1
    others = len(texts) - 1
    ways = [math.comb(others - int(each), num - 1) for each in better]
    return float(np.mean(ways) / math.comb(others, num - 1))


def _augmentation(seed: int) -> keras.Model:
    layers = [
        keras.layers.RandomTranslation(0.1, 0.1, "nearest", seed=seed),
        keras.layers.RandomRotation(0.03, "nearest", seed=seed),
        keras.layers.RandomZoom(0.1, fill_mode="nearest", seed=seed),
    ]
    return keras.Sequential(layers)


def _image_tower(image_shape: tuple[int, ...]) -> keras.Model:
    images = x = keras.Input(image_shape)
    for width in _WIDTHS:
        x = keras.layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.Activation("relu")(x)
        x = keras.layers.MaxPooling2D(padding="same")(x)
    x = keras.layers.Dropout(0.3)(keras.layers.Flatten()(x))
    x = keras.layers.Dense(_SIZE)(x)
    return keras.Model(images, keras.layers.UnitNormalization()(x))


def _text_tower(prompt_length: int) -> keras.Model:
    tokens = keras.Input((prompt_length,), dtype="int32")
    start, end = clip_vocabulary.BOS, clip_vocabulary.EOS
    inside = keras.ops.logical_and(tokens != start, tokens != end)
    inside = keras.ops.cast(inside, "float32")[..., None]
    x = keras.layers.Embedding(
        clip_vocabulary.SIZE,
        _SIZE,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
    )(tokens)
    x = keras.layers.SpatialDropout1D(0.1)(x)
    x = keras.ops.sum(x * inside, axis=1) / (keras.ops.sum(inside, axis=1) + 1)
    x = keras.layers.Dense(_SIZE)(x)
    return keras.Model(tokens, keras.layers.UnitNormalization()(x))
