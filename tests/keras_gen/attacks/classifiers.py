"""Classifiers of [B, 2, 3, 1] images to attack, the same in every test."""

import numpy as np
import tensorflow as tf

SHAPE = (2, 3, 1)
SIZE = 6
NUM_CLASSES = 4

_RANDOM = np.random.default_rng(0)
NORMAL = _RANDOM.normal(size=SIZE).astype(np.float32)  # Of the linear one.
_INTO = _RANDOM.normal(size=(SIZE, 16)).astype(np.float32)
_OUT = _RANDOM.normal(size=(16, NUM_CLASSES)).astype(np.float32)
_AWAY = _RANDOM.normal(0, 0.2, size=(SIZE, 16)).astype(np.float32)


def linear(images):
    """Two classes, of which 1 has the logit x . NORMAL and 0 none."""
    flat = tf.reshape(images, (-1, SIZE))
    own = tf.linalg.matvec(flat, tf.constant(NORMAL))
    return tf.stack([tf.zeros_like(own), own], axis=1)


def curved(images):
    """Four classes, by a hidden layer of waves."""
    flat = tf.reshape(images, (-1, SIZE))
    return tf.sin(3.0 * flat @ _INTO) @ _OUT


def similar(images):
    """As `curved`, but for a little of its first weights."""
    flat = tf.reshape(images, (-1, SIZE))
    return tf.sin(3.0 * flat @ (_INTO + _AWAY)) @ _OUT


def images_of(classify, count, limit=1.0, seed=1):
    """Random images [count, *SHAPE], and the classes that they have."""
    random = np.random.default_rng(seed)
    images = random.uniform(-limit, limit, (count, *SHAPE)).astype(np.float32)
    return images, np.argmax(classify(images), axis=1).astype(np.int32)


def lengths(difference):
    return np.sqrt(np.sum(np.square(difference), axis=(1, 2, 3)))


def attacked(attack, classify, *given):
    """What the attack gives, as a graph: step by step it takes long."""
    return tf.function(lambda *args: attack(classify, *args))(*given).numpy()
