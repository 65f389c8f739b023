"""Tables as a campaign may describe them, to be fuzzed like the formats that are known."""

from tracker.records import TableMapping

TABLES = (
    TableMapping(
        "mapped-x", "x", (("id", "id"), ("text", "text"), ("created_at", "when"), ("author", "who"), ("likes", "likes"))
    ),
    TableMapping(
        "mapped-forum",
        "forum",
        (("url", "address"), ("text", "said"), ("created_at", "at"), ("reply_to", "answers")),
        timezone="Europe/London",
        time_format="%d/%m/%Y %H:%M",
        html=True,
    ),
)
SEEDS = {
    "table:mapped-x": b"id,text,when,who,likes\n2096871087928247273,Bring #buses back,2026-09-07 08:00:00,ann,3\n1.2E+18,x,,,\n",
    "table:mapped-forum": b"address;said;at;answers\nhttps://f.example/1;<p>Buses &amp; trams</p>;07/09/2026 08:00;\n",
}
