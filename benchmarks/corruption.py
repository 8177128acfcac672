"""Damages artefacts at random and counts what goes unnoticed.

    python -m benchmarks.corruption --model=runs/vae/model.keras \\
        --checkpoint=runs/vae/checkpoints/400 --saved_model=models/vae/1 \\
        --tflite=vae.tflite --num=200

Each artefact that is named is copied; then `--num` times a random bit of the
copy is flipped, `--num` times its end is cut off at a random place (in a
random file of a directory), and it is verified as before every use. Takes
about 5 s for a small model; prints a table. The exit code is 0 if all damage
was found, that is, ended in an ArtifactError; 1 if any was missed or ended in
something else.
"""

import collections
import pathlib
import random
import shutil
import tempfile
import time
from collections.abc import Callable

from absl import flags

from export import cli
from keras_gen import artifacts

_FILES = ("model", "tflite")
_DIRECTORIES = ("checkpoint", "saved_model")

Damage = Callable[[bytes, random.Random], bytes]


def flip(content: bytes, rng: random.Random) -> bytes:
    """`content` with one random bit changed."""
    changed = bytearray(content)
    changed[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(content: bytes, rng: random.Random) -> bytes:
    """`content` without a random part of its end."""
    return content[: rng.randrange(len(content))]


def count(
    artefact: pathlib.Path, damage: Damage, num: int, seed: int = 0
) -> collections.Counter:
    """Damages a copy of `artefact` again and again.

    Args:
        artefact: a sealed file, or a directory with a manifest.
        damage: what to do to one file.
        num: how often.
        seed: of the places.

    Returns:
        How often it was "found", "missed" or has "crashed" the check.
    """
    rng = random.Random(seed)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, artefact.name)
        if artefact.is_dir():
            shutil.copytree(artefact, copy)
        else:
            shutil.copy(artefact, copy)
        _verify(copy)
        files = [p for p in (copy, *sorted(copy.rglob("*"))) if p.is_file()]
        files = [each for each in files if each.stat().st_size]
        for _ in range(num):
            file = rng.choice(files)
            content = file.read_bytes()
            file.write_bytes(damage(content, rng))
            counts[_outcome(copy)] += 1
            file.write_bytes(content)
    return counts


def define_flags() -> None:
    """Defines the flags of this program."""
    for name in (*_FILES, *_DIRECTORIES):
        kind = "directory" if name in _DIRECTORIES else "file"
        flags.DEFINE_string(name, None, f"A {kind} to test; none if not given.")
    flags.DEFINE_integer("num", 200, "How often to do each damage.", 1)
    flags.DEFINE_integer("seed", 0, "Of the places that are damaged.")


def main() -> int:
    """Tests what is named; returns the exit code."""
    chosen = flags.FLAGS
    named = {n: chosen[n].value for n in (*_FILES, *_DIRECTORIES)}
    if not any(named.values()):
        raise ValueError(f"Name an artefact: --{', --'.join(named)}.")
    print(
        f"{'artefact':<13}{'damage':<10}{'found':>7}{'missed':>8}"
        f"{'crashed':>9}{'seconds':>9}"
    )
    all_found = True
    for name, path in named.items():
        for damage in (flip, truncate) if path else ():
            start = time.perf_counter()
            got = count(pathlib.Path(path), damage, chosen.num, chosen.seed)
            all_found &= got["found"] == chosen.num
            print(
                f"{name:<13}{damage.__name__:<10}{got['found']:>7}"
                f"{got['missed']:>8}{got['crashed']:>9}"
                f"{time.perf_counter() - start:>9.1f}"
            )
    return 0 if all_found else 1


def _verify(path: pathlib.Path) -> None:
    if path.is_dir():
        artifacts.verify_directory(path)
    else:
        artifacts.verify_file(path)


def _outcome(path: pathlib.Path) -> str:
    try:
        _verify(path)
    except artifacts.ArtifactError:
        return "found"
    except Exception:
        return "crashed"
    return "missed"


if __name__ == "__main__":
    cli.run(main, define_flags)
