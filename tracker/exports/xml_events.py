"""XML of unknown origin, read as it streams by. A document that declares entities or a type is refused: no spreadsheet has
them, and traps are made of them (one short entity that stands for a thousand others). Nothing outside it is ever fetched.
"""

from collections.abc import Callable, Iterator
from typing import BinaryIO, NoReturn
from xml.parsers import expat

CHUNK = 1 << 16
MOST_NAMES = 1000
Attributes = dict[str, str]


class BadXml(ValueError):
    """XML that cannot be read on; the message says why, for the person who made the file. `cut`: the document has no end."""

    def __init__(self, reason: str, *, cut: bool = False) -> None:
        super().__init__(reason)
        self.cut = cut


def read_xml(
    stream: BinaryIO,
    begin: Callable[[str, Attributes], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
    *,
    whole_names: bool = False,
) -> Iterator[None]:
    """Read the document, and pause after each piece of it. `begin` and `end` are told of elements, `text` of what is between;
    names come without their namespace, or (`whole_names`) behind it and a blank. Raises BadXml; whatever was told before it
    stands."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    bare = _WholeNames() if whole_names else _BareNames()
    parser.StartElementHandler = lambda name, attributes: begin(
        bare[name], {bare[key]: value for key, value in attributes.items()} if attributes else attributes
    )
    parser.EndElementHandler = lambda name: end(bare[name])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    while True:
        piece = stream.read(CHUNK)
        try:
            parser.Parse(piece, not piece)
        except BadXml:
            raise
        except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: an encoding that nobody knows
            yield
            raise BadXml(f"its XML is not sound: {error}", cut=not piece) from None
        yield
        if not piece:
            return


class _BareNames(dict[str, str]):
    """Names without their namespace; a document has few different ones, and each is looked at once."""

    def __missing__(self, name: str) -> str:
        bare = name.rpartition(" ")[2]
        if len(self) < MOST_NAMES:
            self[name] = bare
        return bare


class _WholeNames(dict[str, str]):
    """Names as they are."""

    def __missing__(self, name: str) -> str:
        return name


def read_all(
    stream: BinaryIO,
    begin: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda name: None,
    text: Callable[[str], None] = lambda data: None,
) -> None:
    """The whole document at once. Raises as `read_xml`."""
    for _ in read_xml(stream, begin, end, text):
        pass


def _refuse(*declared: object) -> NoReturn:
    raise BadXml("its XML declares a document type, as traps do and exports do not")
