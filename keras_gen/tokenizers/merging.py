"""Merges of byte-pair encoding, of lists in Python and of rows in a graph.

The pair of neighbours with the least id becomes one token, until no pair of the
list is left; of a pair that overlaps itself, as in aaa, the first goes first.

Reference: Sennrich et al. 2015, arXiv 1508.07909, section 3.2.
"""

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf

# Above all ids: none.
NONE = tf.int64.max


def merge(
    ids: Sequence[int], merges: Mapping[tuple[int, int], int]
) -> list[int]:
    """Ids of a word, merged.

    The pairs wait in a heap, by id, then from left to right. A merge makes only
    pairs of higher id, so that all pairs of one id are merged before others.

    Args:
        ids: of a word's bytes.
        merges: {pair: id}, each id above those of its pair.
    """
    ids = list(ids)
    before = list(range(-1, len(ids)))
    after = list(range(1, len(ids) + 1))
    ids.append(-1)  # No pair has it.
    waiting = [
        (merges[pair], left)
        for left, pair in enumerate(itertools.pairwise(ids))
        if pair in merges
    ]
    heapq.heapify(waiting)
    while waiting:
        merged, left = heapq.heappop(waiting)
        right = after[left] if ids[left] >= 0 else -1
        if merges.get((ids[left], ids[right])) != merged:
            continue  # One of the two is in another symbol by now.
        ids[left], ids[right] = merged, -1
        after[left] = after[right]
        before[after[left]] = left
        for i in (before[left], left):
            if i >= 0 and (pair := (ids[i], ids[after[i]])) in merges:
                heapq.heappush(waiting, (merges[pair], i))
    return [each for each in ids if each >= 0]


def merge_rows(
    ids: tf.Tensor,
    rows: tf.Tensor,
    find: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> tuple[tf.Tensor, tf.Tensor]:
    """Ids [M] int64 of words, and the rows [M] of what is left of them.

    Args:
        ids: [N] int64, of the bytes of all words.
        rows: [N] int64, the word of each, ascending.
        find: pairs [N], [N] to the ids of their merges, or NONE.
    """
    unknown = tf.TensorShape([None])

    def once(ids, rows, _):
        """In every word, merges all pairs that come first in the list."""
        merged = find(ids, tf.roll(ids, -1, 0))
        merged = tf.where(is_last(rows), tf.constant(NONE, tf.int64), merged)
        best = tf.gather(tf.math.segment_min(merged, rows), rows)
        is_best = (merged == best) & (best != NONE)
        # aaa has two such pairs in a run: every other one is merged.
        is_best &= _place_in_run(is_best) % 2 == 1
        ids = tf.where(is_best, merged, ids)
        is_kept = ~tf.roll(is_best, 1, 0)
        return ids[is_kept], rows[is_kept], ~tf.reduce_any(is_best)

    ids, rows, _ = tf.while_loop(
        lambda ids, rows, is_done: ~is_done,
        once,
        (ids, rows, tf.constant(False)),
        (unknown, unknown, tf.TensorShape([])),
    )
    return ids, rows


def is_last(rows: tf.Tensor) -> tf.Tensor:
    """Whether the row changes after an element; it does after the last."""
    return rows != tf.concat([rows[1:], rows[:1] * 0 - 1], 0)


def _place_in_run(mask: tf.Tensor) -> tf.Tensor:
    """1, 2, ... in every run of true, from left to right; 0 elsewhere."""
    outside = ~mask
    ends = tf.concat([[-1], tf.where(outside)[:, 0]], 0)
    last_end = tf.gather(ends, tf.cumsum(tf.cast(outside, tf.int64)))
    return tf.range(tf.size(mask, tf.int64)) - last_end
