"""Examples: one split of an image data set in memory, checked once."""

import dataclasses

import numpy as np


class DataError(ValueError):
    """Data is missing, damaged or not what its name promises.

    The message names the file or argument, what was expected and found, and
    the remedy.
    """


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """Images, and the label of each where the data set has labels.

    Attributes:
        images: [N, H, W, C] uint8, levels 0..255.
        labels: [N] int32, or None.
        name: of the data set.
        split: such as "train" or "test".
        source: where the files were found.
        attribution: authors and licence, as the licence asks for.

    Raises:
        DataError: shape or type differ, or there is no example.
    """

    images: np.ndarray
    labels: np.ndarray | None
    name: str
    split: str
    source: str
    attribution: str

    def __post_init__(self):
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 4:
            raise DataError(
                "`images` must be [N, H, W, C] uint8 with levels 0..255. "
                f"Received shape {list(images.shape)} {images.dtype} from "
                f"{self.source}. Convert floats by "
                "`np.round(images * 255).astype('uint8')` where 1 is white."
            )
        if not len(images):
            raise DataError(
                f"`images` must hold an example. Received none from "
                f"{self.source} for the split {self.split!r}."
            )
        if labels is not None and (
            labels.dtype != np.int32 or labels.shape != images.shape[:1]
        ):
            raise DataError(
                f"`labels` must be [{len(images)}] int32, one for each image. "
                f"Received shape {list(labels.shape)} {labels.dtype} from "
                f"{self.source}."
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        return self.images.shape[1:]
