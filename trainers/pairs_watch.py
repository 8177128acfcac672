"""How many answers are right, and some to look at."""

from collections.abc import Sequence

import keras

from keras_gen.data import pairs
from keras_gen.models.sequences import answering


class ExactMatches(keras.callbacks.Callback):
    """Prints at the end which share of the test answers is right.

    Args:
        test: sources and right targets.
    """

    def __init__(self, test: pairs.Pairs) -> None:
        super().__init__()
        self._test = test

    def on_train_end(self, logs=None) -> None:
        share = answering.exact_matches(
            self.model, self._test.sources, self._test.targets
        )
        print(
            f"\nExact matches: {100 * share:.2f} % of the {len(self._test):,} "
            f"test pairs, beam search of width {self.model.config.beam_width}.",
            flush=True,
        )


def answers(
    model: keras.Model, sources: Sequence[str], targets: Sequence[str]
) -> str:
    """A line of each source: what the model says, and whether it is right."""
    lines = []
    found = answering.search(model, sources)
    for source, target, beams in zip(sources, targets, found, strict=True):
        right = "" if beams[0] == target else f"  (right: {target})"
        lines.append(f"{source} -> {beams[0]}{right}")
    return "\n".join(lines)
