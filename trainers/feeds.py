"""Feed: the data of a run, as the loop of all trainers wants them."""

from typing import Any, Protocol


class Feed(Protocol):
    """Batches that are functions of the step, and what there is to say of them.

    Attributes:
        unit: what an example is, such as "image".
        loss_unit: what log-probabilities are of.
        summary: name, split, number and treatment of the training examples.
        source: where they were found.
        attribution: authors and licence.
    """

    unit: str
    loss_unit: str
    summary: str
    source: str
    attribution: str

    def steps_per_epoch(self, batch_size: int) -> int:
        """Batches in one pass over the training examples."""

    def batches(self, model: Any, batch_size: int, start_step: int = 0) -> Any:
        """Endless `tf.data` for training, from that step on."""

    def test_batches(self, model: Any, batch_size: int) -> Any:
        """One pass over the test split."""

    def adapt(self, model: Any) -> None:
        """Tells a model what it wants to know before its first step."""
