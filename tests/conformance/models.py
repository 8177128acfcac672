"""The table of models that the conformance suite runs over.

A new technique adds a row to a file of this folder and inherits every test.
"""

from tests.conformance import (
    image_rows,
    scene_rows,
    sequence_rows,
    style_rows,
)

_ROWS = image_rows.ROWS + sequence_rows.ROWS + style_rows.ROWS + scene_rows.ROWS

# In one order, so that pytest runs the tests of a row one after the other.
EXPORTED = tuple(each for each in _ROWS if each.exported)
MOBILE = tuple(each for each in EXPORTED if each.mobile)
ROWS = EXPORTED + tuple(each for each in _ROWS if not each.exported)
