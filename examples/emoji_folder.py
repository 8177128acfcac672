"""Emoji in two drawing styles as a folder of captioned images.

    python -m examples.emoji_folder --images=emoji32.npz \
        --captions=emoji32_captions.json --output=emoji

writes emoji/train and emoji/test: PNG files and a metadata.jsonl, which
`--dataset=folder --data_dir=emoji` reads. It takes some seconds.

An image has up to four captions: the name, "an emoji of" the name, the name
with its category, and the name with keywords that say something else. The
first is what an evaluation asks for.

A share of the *emoji* is held out, in all styles. Which, is a random order by
seed, from which those are taken that a model can know about: every word of the
name must be in the captions of some emoji that stays for training. Emoji that
share a drawing or a name with another one stay for training.

Input: {"google": [N, H, W, 4] uint8 RGBA, "twitter": ...} and a list of records
with name, unified (the code points), category, keywords, vendor and idx.
"""

import collections
import json
import pathlib
import re
import zipfile

import numpy as np
from absl import app, flags
from PIL import Image

from keras_gen import artifacts, console

_NUM_KEYWORDS = 3


def main(argv: list[str]) -> None:
    """npz and json -> split -> folder -> numbers."""
    del argv
    chosen = flags.FLAGS
    with console.explained():
        images, records = read(
            pathlib.Path(chosen.images), pathlib.Path(chosen.captions)
        )
        unknown = set(chosen.vendors) - set(images)
        if unknown or not chosen.vendors:
            raise ValueError(
                f"`vendors` must be of {', '.join(images)}. Received "
                f"{', '.join(chosen.vendors) or 'none'}."
            )
        images = {vendor: images[vendor] for vendor in chosen.vendors}
        held_out = choose(images, records, chosen.test_share, chosen.seed)
        if chosen.white:
            images = {vendor: on_white(each) for vendor, each in images.items()}
        write(pathlib.Path(chosen.output), images, records, held_out)
        report(records, held_out, len(images))
        print(f"Wrote {chosen.output}.")


def read(
    images_path: pathlib.Path, captions_path: pathlib.Path
) -> tuple[dict[str, np.ndarray], list[dict]]:
    """{vendor: [N, H, W, 4] uint8} and N records, one for each emoji.

    Raises:
        ValueError: a file is damaged, or the two do not go together.
    """
    try:
        with np.load(images_path, allow_pickle=False) as archive:
            images = {vendor: archive[vendor] for vendor in archive.files}
        listed = json.loads(captions_path.read_text("utf-8"))
        records = {each["idx"]: each for each in listed}
        ordered = [records[index] for index in range(len(records))]
        captions_for = [captions(each)[0] for each in ordered]
    except (
        AttributeError,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            "`images` and `captions` must be as the head of this program says. "
            f"Received {images_path} and {captions_path}: "
            f"{type(error).__name__} {error}."
        ) from error
    for vendor, array in images.items():
        if array.dtype != np.uint8 or array.shape[3:] != (4,):
            raise ValueError(
                f"`images` must be [N, H, W, 4] uint8. Received {vendor} "
                f"{list(array.shape)} {array.dtype}."
            )
        if len(array) != len(captions_for):
            raise ValueError(
                f"`captions` must describe all images. Received "
                f"{len(captions_for)} emoji, and {len(array)} of {vendor}."
            )
    return images, ordered


def captions(record: dict) -> list[str]:
    """What may be said of an emoji; first its name."""
    name = record["name"]
    category = record["category"].lower().replace("&", "and")
    found = [name, f"an emoji of {name}", f"{name}, {category}"]
    keywords = [_spaced(each) for each in record["keywords"]]
    news = [each for each in keywords if not words(each) <= words(name)]
    if news:
        found.append(", ".join([name, *news[:_NUM_KEYWORDS]]))
    return found


def words(text: str) -> set[str]:
    """Its words in small letters."""
    return set(re.findall(r"\w+", text.lower()))


def choose(
    images: dict[str, np.ndarray], records: list[dict], share: float, seed: int
) -> np.ndarray:
    """Which emoji are held out, [N] bool.

    Args:
        images: {vendor: [N, H, W, 4]}.
        records: of N emoji.
        share: of the emoji, in (0, 1).
        seed: of the order in which emoji are tried.

    Raises:
        ValueError: fewer than that can be held out.
    """
    total = len(records)
    wanted = round(share * total)
    if not 0 < wanted < total:
        raise ValueError(
            f"`test_share` must leave emoji in both splits. Received {share}, "
            f"which is {wanted} of {total}."
        )
    said = [set().union(*map(words, captions(each))) for each in records]
    count = collections.Counter(word for each in said for word in each)
    single = _single([each["name"] for each in records])
    for array in images.values():
        single &= _single([each.tobytes() for each in array])
    held_out = np.zeros(total, bool)
    needed = set()  # Words of the names that are held out.
    for index in np.random.default_rng(seed).permutation(total):
        asked = needed | words(records[index]["name"])
        lasting = all(count[each] > 1 for each in said[index] & asked)
        if single[index] and lasting:
            held_out[index], needed = True, asked
            count.subtract(said[index])
        if held_out.sum() == wanted:
            return held_out
    raise ValueError(
        "`test_share` must leave the words of held-out emoji in training, "
        f"which {held_out.sum()} of {total} do. Received {share}, which is "
        f"{wanted}."
    )


def on_white(images: np.ndarray) -> np.ndarray:
    """[N, H, W, 4] uint8 RGBA to [N, H, W, 3] without transparency."""
    alpha = images[..., 3:] / 255
    return np.round(255 + alpha * (images[..., :3] - 255.0)).astype(np.uint8)


def write(
    output: pathlib.Path,
    images: dict[str, np.ndarray],
    records: list[dict],
    held_out: np.ndarray,
) -> None:
    """Makes the folder, whole or not at all.

    Raises:
        ArtifactError: `output` exists, or the file system refuses.
    """
    with artifacts.atomic_directory(output) as directory:
        for split, rows in _splits(held_out):
            folder = directory / split
            folder.mkdir()
            lines = []
            for index in rows:
                code = records[index]["unified"].lower()
                for vendor, array in images.items():
                    line = {"file_name": f"{code}_{vendor}.png"}
                    line["texts"] = captions(records[index])
                    lines.append(json.dumps(line, ensure_ascii=False))
                    picture = Image.fromarray(array[index])
                    picture.save(folder / line["file_name"])
            text = "\n".join(lines) + "\n"
            (folder / "metadata.jsonl").write_text(text, "utf-8")


def report(records: list[dict], held_out: np.ndarray, num_vendors: int) -> None:
    """Prints the size of the splits and how much of the words is known."""
    texts = {
        split: [captions(records[index]) for index in rows]
        for split, rows in _splits(held_out)
    }
    known = set()
    for each in texts["train"]:
        known = known.union(*map(words, each))
    for split, several in texts.items():
        print(
            f"{split}: {len(several)} emoji, {num_vendors * len(several)} "
            f"images, {sum(map(len, several)) / len(several):.2f} captions "
            f"each, {len({text for each in several for text in each})} "
            "different ones"
        )
    for what, chosen in (
        ("names", [each[0] for each in texts["test"]]),
        ("captions", [text for each in texts["test"] for text in each]),
    ):
        asked = [word for text in chosen for word in words(text)]
        share = np.mean([word in known for word in asked])
        print(f"words of test {what} that training has: {share:.1%}")
    print(f"words of training: {len(known)}")


def _single(items: list) -> np.ndarray:
    """Whether an item is there once, [N] bool."""
    count = collections.Counter(items)
    return np.array([count[each] == 1 for each in items])


def _splits(held_out: np.ndarray) -> list[tuple[str, np.ndarray]]:
    return [
        ("train", np.flatnonzero(~held_out)),
        ("test", np.flatnonzero(held_out)),
    ]


def _spaced(keyword: str) -> str:
    return " ".join(re.split(r"[\s_]+", keyword)).strip()


def _define_flags() -> None:
    flags.DEFINE_string("images", None, "The npz.", required=True)
    flags.DEFINE_string("captions", None, "The json.", required=True)
    flags.DEFINE_string("output", None, "The new folder.", required=True)
    flags.DEFINE_list("vendors", ["google", "twitter"], "Drawing styles.")
    flags.DEFINE_bool("white", True, "Lay images on white; else keep RGBA.")
    flags.DEFINE_float(
        "test_share", 0.05, "Of the emoji.", lower_bound=0.0, upper_bound=0.5
    )
    flags.DEFINE_integer("seed", 0, "Of the choice of held-out emoji.")


if __name__ == "__main__":
    _define_flags()
    app.run(main)
