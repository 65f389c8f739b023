"""What reading leaves on a Doc, for spaCy's own ways of keeping docs: `Doc.to_bytes`, DocBin with `store_user_data`, and
`nlp.pipe(n_process=2)`, which sends docs between processes. What is only worked with on the way is left behind."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import srsly

from tracker.themes.deciding import Decision
from tracker.themes.language import Tongue
from tracker.themes.scorer import Scored
from tracker.themes.sheet import Standing

KIND = "debate_tracker"
Chain = Callable[[Any], Any] | None


@srsly.msgpack_encoders("debate_tracker.v1")  # type: ignore[untyped-decorator]
def encoded(value: Any, chain: Chain = None) -> Any:
    """A Tongue or Decision as a dictionary that says which it is; nothing for what is left behind."""
    if isinstance(value, Tongue | Decision):
        return {KIND: type(value).__name__, **asdict(value)}
    if isinstance(value, Standing | Scored):
        return None
    return value if chain is None else chain(value)


@srsly.msgpack_decoders("debate_tracker.v1")  # type: ignore[untyped-decorator]
def decoded(value: Any, chain: Chain = None) -> Any:
    """What `encoded` made a dictionary of."""
    kind = value.get(KIND)
    if kind == Tongue.__name__:
        return Tongue(value["language"], value["score"], value["other"])
    if kind == Decision.__name__:
        hits, questions = (tuple(map(tuple, value[name])) for name in ("hits", "questions"))
        return Decision(value["outcome"], hits, value["relevant"], value["top_score"], questions, value["doubt"])
    return value if chain is None else chain(value)
