"""Which captions belong to which images of a folder.

The file of captions, in one of the formats of `captions`, lies in the folder of
the split or above the folders of all splits. Names of images are relative to
it. Several captions of an image stay in the order of their lines.

An image without a caption and a caption without an image are errors: nothing is
half loaded.
"""

import os
import pathlib
from collections.abc import Sequence

from keras_gen.data import captions
from keras_gen.data.examples import Captions, DataError


def read(
    place: pathlib.Path, base: pathlib.Path, images: Sequence[pathlib.Path]
) -> Captions | None:
    """The captions of images, in the order of `images`.

    Args:
        place: folder of the data set.
        base: folder of the split, `place` itself where there are no splits.
        images: files of the split, all below `base`.

    Returns:
        [N] tuples of one text or more; None where no file has captions.

    Raises:
        DataError: several files of captions, a line that cannot be read, or
            captions and images that do not go together.
    """
    path = _find(place, base)
    if path is None:
        return None
    texts_of = {os.path.normpath(each): [] for each in images}
    strays = []
    for line in captions.parse(path):
        target = os.path.normpath(os.path.join(path.parent, line.file_name))
        if target in texts_of:
            texts_of[target] += line.texts
        elif not _in_another_split(target, place, base):
            strays.append(f"line {line.number}: {line.file_name!r}")
    bare = [
        repr(os.path.relpath(each, path.parent))
        for each, texts in texts_of.items()
        if not texts
    ]
    _refuse(path, base, strays, bare)
    return tuple(map(tuple, texts_of.values()))


def _find(place: pathlib.Path, base: pathlib.Path) -> pathlib.Path | None:
    found = [
        folder / name
        for folder in dict.fromkeys((base, place))
        for name in captions.NAMES
        if (folder / name).is_file()
    ]
    if len(found) > 1:
        raise DataError(
            "Captions must be in a single file. Received "
            f"{' and '.join(map(str, found))}. Move all but one away."
        )
    return found[0] if found else None


def _in_another_split(
    target: str, place: pathlib.Path, base: pathlib.Path
) -> bool:
    """Whether it is a file of the data set outside the split."""
    path = pathlib.Path(target)
    inside = path.is_relative_to(os.path.normpath(place))
    own = path.is_relative_to(os.path.normpath(base))
    return inside and not own and os.path.isfile(target)


def _refuse(
    path: pathlib.Path, base: pathlib.Path, strays: list[str], bare: list[str]
) -> None:
    parts = []
    for items, noun, lacking in (
        (strays, "caption", "an image"),
        (bare, "image", "a caption"),
    ):
        if items:
            count, shown = captions.count_and_show(items, noun)
            parts.append(f"{count} without {lacking} ({shown})")
    if parts:
        raise DataError(
            f"{path} must have a caption for each image in {base} or in its "
            f"folders of classes, and no others. Received {' and '.join(parts)}"
            ". Add what is missing, or remove what is left over; names are "
            f"relative to {path.parent}."
        )
