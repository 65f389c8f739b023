"""`post_language`: which posts are not read any further, because they have no words or are in another language."""

from collections.abc import Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from tracker.themes.language import Languages, Tongue
from tracker.themes.wording import without_marks

NOT_TOLD = Tongue(None, None, False)
EXTENSIONS: dict[str, Any] = {"tongue": NOT_TOLD, "passed_over": ""}
"""tongue: the Tongue of the post. passed_over: "" for a post that is read, else its outcome: empty or other-language."""

for _name, _default in EXTENSIONS.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)


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
        bare = without_marks(doc.user_data.get("text") or doc.text)
        if not any(map(str.isalpha, bare)):
            doc._.passed_over = "empty"
            return doc
        tongue = doc._.tongue = self._tongues.tell_bare(bare)
        if tongue.other:
            doc._.passed_over = "other-language"
        return doc
