"""The two loops run, on the same architecture."""

import subprocess
import sys


def test_both_run_and_the_ratio_is_printed():
    found = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.dcgan_step", "--rounds=1"),
            *("--steps=1", "--batch_size=2", "--widths=4,4"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    lines = found.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["fit", "tutorial", "ratio"]
