"""Training programs in processes of their own, and pictures for them."""

import pathlib
import subprocess
import sys
from typing import Any

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def run(
    program: str, *arguments: str, **flags: Any
) -> subprocess.CompletedProcess:
    """Runs `trainers.program` with arguments, and flags by their names."""
    return subprocess.run(
        [
            *(sys.executable, "-m", f"trainers.{program}", *arguments),
            *(f"--{name}={value}" for name, value in flags.items()),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def pictures(directory: pathlib.Path, num_classes: int = 0) -> pathlib.Path:
    """Writes an archive of eight and four pictures; the directory."""
    random = np.random.default_rng(0)
    arrays = {
        "x_train": random.integers(0, 256, (8, 8, 8, 1), dtype=np.uint8),
        "x_test": random.integers(0, 256, (4, 8, 8, 1), dtype=np.uint8),
    }
    if num_classes:
        arrays["y_train"] = np.arange(8) % num_classes
        arrays["y_test"] = np.arange(4) % num_classes
    np.savez(directory / "pictures.npz", **arrays)
    return directory
