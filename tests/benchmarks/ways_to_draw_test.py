"""A way to draw is read into fields of a Config, or refused."""

import json
import subprocess
import sys

import pytest


def way_of(text):
    """In a process of its own: flags of programs have the same names."""
    code = (
        "import json, sys; from benchmarks import ways_to_draw; "
        "print(json.dumps(ways_to_draw.way_of(sys.argv[1])))"
    )
    return subprocess.run(
        [sys.executable, "-c", code, text],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "dpmpp_2m,10,1.5",
            {"solver": "dpmpp_2m", "num_steps": 10, "guidance_scale": 1.5},
        ),
        (
            "ddim,50,1,karras",
            {
                "solver": "ddim",
                "num_steps": 50,
                "guidance_scale": 1.0,
                "spacing": "karras",
            },
        ),
    ],
)
def test_the_fields(text, expected):
    assert json.loads(way_of(text).stdout) == expected


@pytest.mark.parametrize("text", ["ddim,10", "ddim,ten,1", "ddim,10,1,time,0"])
def test_what_is_no_way_is_refused(text):
    error = way_of(text).stderr
    assert "must be solver,steps,scale or solver,steps,scale,spacing" in error
    assert f"Received: {text!r}. Write, for example, dpmpp_2m,10,1." in error
