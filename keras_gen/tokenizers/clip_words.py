"""From a text to the words of which CLIP makes tokens.

Cleaning: character references of HTML are resolved twice, the text is brought
to Unicode's form NFC, white space becomes single spaces, letters become small.
A word is the name of BOS or EOS, the end of a contraction, letters, one
number, or other characters without a space.

Differs from the original, which repairs text with `ftfy.fix_text`: wrongly
decoded text (mojibake) stays as it is, and so do curly quotes, full-width
letters, ligatures and control characters. Differs from ports that have no ftfy:
they split like BERT, which sets Chinese characters apart, and some do not
resolve HTML. Text that ftfy leaves alone has the words of the original.

Reference: Radford et al. 2021, arXiv 2103.00020, section 2.4.
"""

import functools
import html
import re
import sys
import unicodedata

from keras_gen.tokenizers import clip_vocabulary

# Python refuses to read a number of thousands of digits.
_LEADING_ZEROS = re.compile("&#0+(?=[0-9])")
_BEYOND_UNICODE = re.compile("&#[1-9][0-9]{7,}")
_CODES = range(sys.maxunicode + 1)


def split(text: str) -> list[str]:
    """The words of a text, cleaned."""
    return _compiled().findall(clean(text))


def clean(text: str) -> str:
    """HTML resolved, NFC, single spaces, small letters."""
    for _ in range(2):
        text = _LEADING_ZEROS.sub("&#", text)
        text = html.unescape(_BEYOND_UNICODE.sub("&#99999999", text))
    text = unicodedata.normalize("NFC", text)
    return re.sub(r"\s+", " ", text).strip().lower()


@functools.cache
def pattern() -> str:
    r"""A regular expression of one word of a clean text.

    Letters and numbers are written out, so that it means the same to Python,
    which has no \p{L} and \p{N}, and to RE2, whose Unicode is another version.
    """
    names = "|".join(map(re.escape, clip_vocabulary.SPECIAL))
    categories = "".join(map(unicodedata.category, map(chr, _CODES)))
    letters, numbers = (_ranges(categories, each) for each in "LN")
    # Letters are small already, but for the long s (U+017F), which is an s.
    return (
        f"(?i:{names}|'s|'t|'re|'ve|'m|'ll|'d)"
        f"|[{letters}]+|[{numbers}]|[^ {letters}{numbers}]+"
    )


def _ranges(categories: str, major: str) -> str:
    """Inside of a class [...] of a category, from two letters a character."""
    runs = re.finditer(f"(?:{major}[a-z])+", categories)
    return "".join(
        f"{chr(run.start() // 2)}-{chr(run.end() // 2 - 1)}" for run in runs
    )


@functools.cache
def _compiled() -> re.Pattern:
    return re.compile(pattern())
