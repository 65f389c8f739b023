"""The file of static word vectors that ships with the program: where it lies, and whether it is the one that was tried. What is
done with it stands in themes/static.py."""

import hashlib
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "themes" / "vectors" / "words.npz"
SHA256 = "4a8f5cf979230d7bc2b80ba7755a845b5ee168ae29e18e166b6b514bc357a030"


@lru_cache(maxsize=1)
def vectors_missing() -> str:
    """Why there are no vectors, as the end of a sentence; "" where there are."""
    try:
        content = FILE.read_bytes()
    except OSError:
        return f"{FILE.name} is not there"
    if hashlib.sha256(content).hexdigest() != SHA256:
        return f"{FILE.name} is not the file that was tried (its sha256 differs)"
    return ""
