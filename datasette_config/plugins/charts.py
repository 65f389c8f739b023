"""Charts as SVG, drawn on the server (docs/why, Charts by leather). The page that shows one has a table of the same numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import leather
from markupsafe import Markup, escape

from db.reading import monday_of
from tracker.telling import MONTHS

WIDE, HIGH = 360, 180
"""As wide as a phone, where its letters stand as they are; site.css makes them smaller where the picture is larger."""
BAR, GAP, LINES = "#2f6f9f", "#f0d9b0", ("#2f6f9f", "#8a4b08", "#2c7a3f")
LABELS = 4
FONT = "system-ui, sans-serif"
leather.theme.background_color = "#fff"
leather.theme.margin = 0.02
leather.theme.label_color = leather.theme.legend_color = leather.theme.axis_title_color = "#4f5b66"
leather.theme.tick_font_family = leather.theme.legend_font_family = leather.theme.axis_title_font_family = FONT
leather.theme.zero_color = "#6b7782"


def columns(rows: Sequence[tuple[str, int]], what: str, gaps: Sequence[str] = ()) -> Markup:
    """A column for each (label, number), in their order; behind those named in `gaps` a broad band, since they were not
    looked at in full. what: what the chart shows, for people who do not see it."""
    if not rows:
        return Markup("")
    top = max(1, *(value for _, value in rows))
    chart = leather.Chart()
    chart.add_y_scale(0, top)
    chart.add_y_axis(ticks=_ticks(top), tick_formatter=lambda value, _place, _all: f"{value:,}")
    every = -(-len(rows) // LABELS)
    labelled = {label for place, (label, _) in enumerate(rows) if place % every == 0}
    chart.add_x_axis(tick_formatter=lambda value, _place, _all: str(value) if value in labelled else "")
    if gaps:
        chart.add_columns(
            [(label, top if label in set(gaps) else 0) for label, _ in rows], name="not looked at in full", fill_color=GAP
        )
    chart.add_columns(list(rows), name="seen", fill_color=BAR)
    return _picture(chart, what)


def lines(series: Sequence[tuple[str, Sequence[tuple[datetime, int]]]], what: str) -> Markup:
    """A line for each (name, points in time)."""
    drawn = [(name, list(points)) for name, points in series if len(points) > 1]
    if not drawn:
        return Markup("")
    chart = leather.Chart()
    top = max(1, *(value for _, points in drawn for _, value in points))
    chart.add_y_scale(0, top)
    chart.add_y_axis(ticks=_ticks(top), tick_formatter=lambda value, _place, _all: f"{value:,}")
    for place, (name, points) in enumerate(drawn):
        chart.add_line(points, name=name, stroke_color=LINES[place % len(LINES)])
    return _picture(chart, what)


def by_week(weeks: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """Rows with `week` and `posts` as a chart takes them: each by the short date of its Monday."""
    return [(week_label(row["week"]), row["posts"]) for row in weeks]


def week_label(week: str) -> str:
    """2026-W45 as 2 Nov 26."""
    monday = monday_of(week)
    return f"{monday.day} {MONTHS[monday.month - 1][:3]} {monday:%y}"


def _ticks(top: int) -> list[int]:
    return sorted({0, top // 2, top})


def _picture(chart: Any, what: str) -> Markup:
    """The chart as wide as its place, with its name for screen readers (https://www.w3.org/TR/graphics-aria-1.0/)."""
    drawn = str(chart.to_svg(width=WIDE, height=HIGH))
    inside = drawn[drawn.index(">") + 1 :]
    opening = f'<svg class="chart" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(what)}">'
    return Markup(opening + inside)  # noqa: S704  leather escapes what it draws
