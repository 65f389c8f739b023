"""`post_language`: which posts are not read any further, because they have no words or are in another language."""

from collections.abc import Iterable, Iterator, Sequence

from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.language import Languages, Tongue
from tracker.themes.wording import has_words, without_marks

NOT_TOLD = Tongue(None, None, False)


def text_of(doc: Doc) -> str:
    """A post's text, which its tokenizer kept: putting it together again takes a tenth of the time of reading."""
    text: str = doc.user_data.get("text") or doc.text
    return text


def tongue(doc: Doc) -> Tongue:
    """The Tongue of a post."""
    told: Tongue = doc.user_data.get("tongue", NOT_TOLD)
    return told


def passed_over(doc: Doc) -> str:
    """ "" for a post that is read, else its outcome: empty or other-language."""
    told: str = doc.user_data.get("passed_over", "")
    return told


for _name, _told in {"tongue": tongue, "passed_over": passed_over}.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, getter=_told)


@Language.factory("post_language", default_config={"languages": ["en"]}, assigns=["doc._.tongue", "doc._.passed_over"])
def create_post_language(nlp: Language, name: str, languages: list[str]) -> "PostLanguage":
    """The component, for config.cfg. languages: those that the campaign reads."""
    return PostLanguage(languages)


class PostLanguage:
    """Tells each post's language, and marks those that the pipeline passes over."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._tongues = Languages(languages)

    def __call__(self, doc: Doc) -> Doc:
        """Write doc._.tongue and doc._.passed_over."""
        bare = without_marks(text_of(doc))
        if not has_words(bare):
            doc.user_data["passed_over"] = "empty"
            return doc
        told = doc.user_data["tongue"] = self._tongues.tell_bare(bare)
        if told.other:
            doc.user_data["passed_over"] = "other-language"
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 0) -> Iterator[Doc]:
        """The same for many docs."""
        return map(self, stream)
