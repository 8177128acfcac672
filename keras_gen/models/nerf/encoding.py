"""Positional encoding: numbers as waves of several lengths."""

import keras


def positional(x, num_frequencies: int):
    """x beside sin(2^k x) and cos(2^k x) for k < L.

    Args:
        x: [..., D] float32.
        num_frequencies: L; 0 gives x.

    Returns:
        [..., D + 2 L D].

    Differs from the paper: without its factor pi and with x itself, as in the
    authors' code.

    Reference: Mildenhall et al. 2020, arXiv 2003.08934, Eq. 4.
    """
    found = [x]
    for k in range(num_frequencies):
        scaled = x * 2.0**k
        found += [keras.ops.sin(scaled), keras.ops.cos(scaled)]
    return keras.ops.concatenate(found, axis=-1)
