"""An attack as a picture: image + what changed, magnified = result.

Grey is no change. Each row is an attack; what the classifier takes the images
for is written below them.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_LEAST = 224  # Pixels of a panel; smaller images are enlarged.
_GAP, _LINE, _FONT = 28, 18, 14


class Row(NamedTuple):
    """An attack on an image.

    Attributes:
        image: [H, W, C] uint8.
        changed: [H, W, C] uint8.
        before: the class of the image, its confidence beside it.
        after: that of the changed one.
    """

    image: np.ndarray
    changed: np.ndarray
    before: str
    after: str


def draw(rows: Sequence[Row]) -> np.ndarray:
    """[height, width, 3] uint8, of images of one size."""
    return np.concatenate([_row(row) for row in rows])


def magnified(row: Row) -> tuple[np.ndarray, float]:
    """What changed, [H, W, C] uint8 around grey, and how often it is taken.

    The greatest change is black or white.
    """
    difference = np.float32(row.changed) - np.float32(row.image)
    factor = 127.5 / max(np.abs(difference).max(), 1.0)
    return np.uint8(np.round(127.5 + factor * difference)), factor


def _row(row: Row) -> np.ndarray:
    difference, factor = magnified(row)
    panels = [_panel(each) for each in (row.image, difference, row.changed)]
    texts = [row.before, f"what changed, {factor:.0f} times", row.after]
    width, height = panels[0].size
    canvas = Image.new(
        "RGB", (3 * width + 4 * _GAP, height + 2 * _LINE + _GAP), "white"
    )
    pen = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(_FONT)
    for index, (panel, text) in enumerate(zip(panels, texts, strict=True)):
        left = _GAP + index * (width + _GAP)
        canvas.paste(panel, (left, _GAP // 2))
        middle = left + width // 2, height + _GAP // 2 + _LINE
        text = _cut(text, width + _GAP, font)
        pen.text(middle, text, fill="black", font=font, anchor="mm")
    for index, sign in enumerate("+="):
        left = (index + 1) * (width + _GAP) + _GAP // 2
        middle = left, (height + _GAP) // 2
        pen.text(middle, sign, fill="black", font=font, anchor="mm")
    return np.asarray(canvas)


def _panel(image: np.ndarray) -> Image.Image:
    pixels = image[..., 0] if image.shape[-1] == 1 else image
    times = -(-_LEAST // min(image.shape[:2]))
    size = (times * image.shape[1], times * image.shape[0])
    panel = Image.fromarray(pixels).convert("RGB")
    return panel.resize(size, Image.Resampling.NEAREST)


def _cut(text: str, width: int, font) -> str:
    """The text, or as much of it as is that wide."""
    if font.getlength(text) <= width:
        return text
    while font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
