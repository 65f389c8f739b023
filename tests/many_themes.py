"""A campaign with more themes than there are single keys: thirty in four groups, services, and the paper's questions."""

from dataclasses import replace

from db.campaigns import note_campaign
from db.folder import DataFolder
from db.store import Store
from tests.pages_store import CAMPAIGN, NOW
from tracker.counting import local_day
from tracker.records import Campaign, Question, Theme

GROUPS = {"Money": 8, "People who work there": 12, "Who decides": 7, "": 3}
"""How many themes each group has."""
SERVICES = ("Hospitals", "Schools", "Buses and trains", "Libraries", "Social care")
MEANING = "The post speaks about this, for or against; it need not use the word. " * 3


def campaign() -> Campaign:
    """The invented campaign with these themes."""
    sizes = [(group, number + 1) for group, many in GROUPS.items() for number in range(many)]
    themes = [
        Theme(f"theme-{place}", f"{group or 'Alone'}, theme {number}", MEANING, (f"word{place}",), group=group)
        for place, (group, number) in enumerate(sizes, start=1)
    ]
    services = [Theme(name.split()[0].lower(), name, MEANING, (name.lower(),), dimension="service") for name in SERVICES]
    questions = tuple(Question(f"q{place}", f"What should become of theme {place}, and who should pay?") for place in (1, 2, 3))
    return replace(CAMPAIGN, groups=tuple(filter(None, GROUPS)), themes=(*themes, *services), questions=questions)


def with_many_themes(data: DataFolder) -> DataFolder:
    """The store, told of this campaign."""
    store = Store.open(data)
    note_campaign(store, campaign(), now=NOW, local_day=local_day)
    store.close()
    return data
