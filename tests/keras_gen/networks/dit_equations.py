"""The diffusion transformer in NumPy: float64, one row, patches of 2 x 2.

Reference: Peebles and Xie 2022, arXiv 2212.09748, section 3.2.
"""

import itertools

import numpy as np
import scipy.special


def answer(network, image, time, label, num_heads):
    """[H, W, C] and two numbers to [H, W, output_channels]."""
    weights = {x.path: np.float64(x) for x in network.variables}
    height, width, size = image.shape
    patches = [
        image[row : row + 2, column : column + 2].reshape(4 * size)
        for row in range(0, height, 2)
        for column in range(0, width, 2)
    ]
    x = _dense(weights, "patches_dense", np.array(patches))
    x = x + _positions(height // 2, width // 2, x.shape[-1])
    c = _told(weights, time, label)
    for index in itertools.count():
        name = f"block_{index}"
        if f"{name}_told/kernel" not in weights:
            break
        parts = np.split(_dense(weights, f"{name}_told", c), 6)
        x = x + parts[2] * _attended(
            weights, name, _normalized(x, *parts[:2]), num_heads
        )
        fed = _dense(weights, f"{name}_feed_in", _normalized(x, *parts[3:5]))
        x = x + parts[5] * _dense(weights, f"{name}_feed_out", _gelu(fed))
    x = _normalized(x, *np.split(_dense(weights, "output_told", c), 2))
    pixels = _dense(weights, "output_dense", x)
    found = np.zeros((height, width, pixels.shape[-1] // 4))
    for index, patch in enumerate(pixels):
        row, column = divmod(index, width // 2)
        place = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        found[place] = patch.reshape(2, 2, -1)
    return found


def _dense(weights, name, x):
    return x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]


def _normalized(x, shift, scale):
    deviation = np.sqrt(x.var(-1, keepdims=True) + 1e-6)
    x = (x - x.mean(-1, keepdims=True)) / deviation
    return x * (1 + scale) + shift


def _attended(weights, name, x, num_heads):
    keys_values = f"{name}_keys_values"
    queries, keys, values = (
        np.split(_dense(weights, each, x), num_heads, axis=-1)
        for each in (
            f"{name}_attention/query",
            f"{keys_values}/key",
            f"{keys_values}/value",
        )
    )
    heads = []
    for q, k, v in zip(queries, keys, values, strict=True):
        logits = q @ k.T / np.sqrt(q.shape[-1])
        heads.append(scipy.special.softmax(logits, axis=-1) @ v)
    joined = np.concatenate(heads, axis=-1)
    return _dense(weights, f"{name}_attention/out", joined)


def _gelu(x):
    return x / 2 * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))


def _silu(x):
    return x * scipy.special.expit(x)


def _positions(rows, columns, width):
    """[rows * columns, width]."""
    frequencies = 10000.0 ** (-np.arange(width // 4) / (width // 4))
    found = []
    for row in range(rows):
        for column in range(columns):
            x, y = column * frequencies, row * frequencies
            found.append([np.sin(x), np.cos(x), np.sin(y), np.cos(y)])
    return np.reshape(found, (rows * columns, width))


def _told(weights, time, label):
    frequencies = 10000.0 ** (-np.arange(128) / 128)
    angles = time * frequencies
    c = np.concatenate([np.cos(angles), np.sin(angles)])
    c = _silu(_dense(weights, "time_dense_1", c))
    c = _dense(weights, "time_dense_2", c)
    return _silu(c + weights["class_embedding/embeddings"][label])
