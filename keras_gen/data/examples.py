"""Examples: one split of an image data set in memory, checked once."""

import dataclasses
from typing import NamedTuple

import numpy as np

Captions = tuple[tuple[str, ...], ...]


class DataError(ValueError):
    """Data is missing, damaged or not what its name promises.

    The message names the file or argument, what was expected and found, and
    the remedy.
    """


class Arrays(NamedTuple):
    """What a reader of files found; `Examples` says what is checked."""

    images: np.ndarray
    labels: np.ndarray | None = None
    captions: Captions | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """Images, and the label and captions of each where there are any.

    Attributes:
        images: [N, H, W, C] uint8, levels 0..255.
        labels: [N] int32, or None.
        name: of the data set.
        split: such as "train" or "test".
        source: where the files were found.
        attribution: authors and licence, as the licence asks for.
        captions: [N] tuples of one text or more, or None. Training draws
            among the texts of an image, evaluation takes the first.

    Raises:
        DataError: shape or type differ, there is no example, or an image has
            no caption where others have.
    """

    images: np.ndarray
    labels: np.ndarray | None
    name: str
    split: str
    source: str
    attribution: str
    captions: Captions | None = None

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
        if self.captions is not None:
            self._check_captions()

    def __len__(self) -> int:
        return len(self.images)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(H, W, C)."""
        return self.images.shape[1:]

    def require_captions(self) -> Captions:
        """The captions, [N] tuples of one text or more.

        Raises:
            DataError: there are none; says how to give some.
        """
        if self.captions is None:
            raise DataError(
                f"`captions` are needed, and {self.name} ({self.split}) from "
                f"{self.source} has none. Put a metadata.jsonl beside the "
                'images, with a line {"file_name": "a.png", "text": "a cat"} '
                "for each, or choose a data set with captions."
            )
        return self.captions

    def _check_captions(self) -> None:
        captions = self.captions
        if not isinstance(captions, tuple) or len(captions) != len(self):
            raise DataError(
                f"`captions` must be a tuple of {len(self)}, one tuple of "
                f"texts for each image. Received {type(captions).__name__} of "
                f"{len(captions)} from {self.source}."
            )
        for index, texts in enumerate(captions):
            if not isinstance(texts, tuple) or not _are_texts(texts):
                raise DataError(
                    "`captions` must hold a tuple of one text or more for each "
                    f"image, none of them empty. Received {texts!r} for image "
                    f"{index} of {self.source}."
                )


def _are_texts(texts: tuple) -> bool:
    return bool(texts) and all(
        isinstance(text, str) and text.strip() for text in texts
    )
