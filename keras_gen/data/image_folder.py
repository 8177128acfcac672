"""Images from a folder of PNG, JPEG, WebP or BMP files.

Three layouts:

    SPLIT/CLASS/*.png    one folder for each split and class
    CLASS/*.png          without splits: all images belong to "train"
    *.png                without classes: no labels

The label of an image is the position of its class among all class folders in
sorted order; where all their names are numbers they are sorted as numbers.
Images come in the order of class and file name.

If any image has colour all become RGB, if any has transparency all become
RGBA: no level changes by that.

Captions are read from a file beside the images, as `captioned_folder` says.
Images with captions are laid on white where they are transparent, since
text-to-image networks and their autoencoders know three channels.
"""

import pathlib
from concurrent import futures

import numpy as np
from PIL import ExifTags, Image, ImageOps

from keras_gen.data import captioned_folder, resizing
from keras_gen.data.examples import Arrays, DataError

LAYOUT = "images as SPLIT/CLASS/*.png|jpg, CLASS/*.png|jpg or *.png|jpg"

_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp"))
_SPLITS = ("train", "test", "validation", "val")
_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


def read(
    place: pathlib.Path, split: str, image_size: tuple[int, int] | None
) -> Arrays | None:
    """Images [N, H, W, C] uint8, labels [N] and captions of a split.

    Args:
        place: folder in one of the three layouts.
        split: name of a folder, or "train" where there are no splits.
        image_size: (H, W) in pixels; needed where sizes differ.

    Returns:
        None where the folder holds no image. Labels are None without classes,
        captions without a file of captions.

    Raises:
        DataError: the split is missing, the layout is mixed, sizes differ, a
            file is damaged, or captions and images do not go together.
    """
    if not place.is_dir():
        return None
    base, bases = _split_folder(place, split)
    paths, labels = _list(base, bases)
    captions = captioned_folder.read(place, base, paths)
    if not paths:
        return None
    with futures.ThreadPoolExecutor() as pool:  # Decoding frees the GIL.
        kinds = list(pool.map(examine, paths))
        mode = max((mode for mode, _ in kinds), key=_CHANNELS.get)
        if image_size is None:
            _check_sizes(paths, [size for _, size in kinds])
        on_white = captions is not None and mode == "RGBA"
        decoded = pool.map(
            lambda path: decode(path, mode, image_size, on_white), paths
        )
        images = np.stack(list(decoded))
    return Arrays(images, labels, captions)


def _split_folder(
    place: pathlib.Path, split: str
) -> tuple[pathlib.Path, list[pathlib.Path]]:
    """The folder of the split and those of all splits."""
    present = [each for each in _SPLITS if (place / each).is_dir()]
    if (place / split).is_dir():
        return place / split, [place / each for each in {*present, split}]
    if present or split != "train":
        raise DataError(
            f"`split` must be a folder in {place}, which has "
            f"{', '.join(present) or 'no folder for a split'}. Received "
            f"{split!r}. Choose another split or make that folder."
        )
    return place, [place]


def _list(
    base: pathlib.Path, bases: list[pathlib.Path]
) -> tuple[list[pathlib.Path], np.ndarray | None]:
    """Files in order, and their labels."""
    flat = _images_in(base)
    # All splits together: a class missing in one must not move the labels.
    classes = sorted(
        {
            folder.name
            for each in bases
            for folder in each.iterdir()
            if folder.is_dir() and _images_in(folder)
        }
    )
    if all(name.isdecimal() for name in classes):
        classes.sort(key=int)
    paths, labels = [], []
    for label, name in enumerate(classes):
        members = _images_in(base / name)
        paths += members
        labels += [label] * len(members)
    if flat and paths:
        raise DataError(
            f"{base} holds images both directly ({flat[0].name}) and in "
            f"folders of classes ({paths[0].parent.name}). Move either away."
        )
    if flat:
        return flat, None
    return paths, np.array(labels, np.int32)


def _images_in(folder: pathlib.Path) -> list[pathlib.Path]:
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
    )


def examine(path: pathlib.Path) -> tuple[str, tuple[int, int]]:
    """Mode without loss of levels and (height, width); reads the header.

    Raises:
        DataError: it is no image, or one of more than 8 bits a channel.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
            if (
                image.getexif().get(ExifTags.Base.Orientation, 1) >= 5
            ):  # Stored on its side.
                width, height = height, width
            return _mode(path, image), (height, width)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise _damaged(path, error) from error


def _mode(path: pathlib.Path, image: Image.Image) -> str:
    if image.mode in ("LA", "PA", "RGBA"):
        return "RGBA"
    if "transparency" in image.info:
        return "RGBA"
    if image.mode in ("1", "L"):
        return "L"
    if image.mode in ("P", "RGB", "CMYK", "YCbCr"):
        return "RGB"
    raise DataError(
        f"{path} must have 8 bits for each channel. Received Pillow mode "
        f"{image.mode}. Convert it to 8-bit grey or RGB."
    )


def _check_sizes(
    paths: list[pathlib.Path], sizes: list[tuple[int, int]]
) -> None:
    for path, (height, width) in zip(paths, sizes, strict=True):
        if (height, width) != sizes[0]:
            raise DataError(
                "`image_size` must be given where images differ in size. "
                f"{paths[0]} has {sizes[0][0]}x{sizes[0][1]} pixels (height x "
                f"width), {path} has {height}x{width}. Give for example "
                f"image_size=({min(h for h, _ in sizes)}, "
                f"{min(w for _, w in sizes)})."
            )


def decode(
    path: pathlib.Path,
    mode: str,
    image_size: tuple[int, int] | None,
    on_white: bool,
) -> np.ndarray:
    """[H, W, C] uint8, upright.

    Args:
        path: of the file.
        mode: "L", "RGB" or "RGBA", of C = 1, 3 or 4 channels.
        image_size: (H, W) in pixels, as `resizing.fit` has it, or its own.
        on_white: of "RGBA", whether it becomes "RGB", laid on white.

    Raises:
        DataError: the file is damaged.
    """
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert(mode)
    except (OSError, SyntaxError, ValueError) as error:
        raise _damaged(path, error) from error
    if on_white:  # Before resizing, which would mix in hidden colours.
        ground = Image.new(mode, upright.size, "white")
        upright = Image.alpha_composite(ground, upright).convert("RGB")
    if image_size is not None:
        upright = resizing.fit(upright, image_size)
    return resizing.to_array(upright)


def _damaged(path: pathlib.Path, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read as an image: {error}. Copy it again or remove "
        "it."
    )
