"""What X charges, refuses and breaks off, over a loopback connection: no cap is passed, and the next run puts it right."""

import json
import logging
import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fake_platform.x import TOKEN, invalid
from tests.loopback import WEB_PAGE, answered, cut, drip, says, serving
from tests.x_night import START, Night, publish, truth
from tests.x_night import night as night
from tests.x_night import served as served
from tracker.problems import BadAnswer, BudgetStop, CredentialsRefused, RateLimited, Refused, Unreachable
from tracker.source_settings import XPrices
from tracker.sources import x

# ---- money -----------------------------------------------------------------------------------------------------------


def test_the_cap_of_a_run_is_never_passed_and_the_next_run_goes_on(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 200)
    night.cap_run = 1.0
    runs = 0
    while True:
        charged, runs = fake.charged, runs + 1
        try:
            night.collect()
            break
        except BudgetStop as stop:
            assert stop.status == "budget-stop"
        finally:
            assert fake.charged - charged <= 1.0
    assert runs > 1
    assert set(night.kept) == truth(fake)
    assert len(night.seen) == len(set(night.seen))


def test_a_contract_in_which_a_post_costs_nothing_is_no_bug(night: Night) -> None:
    publish(night.served.fake, 12)
    asking = night.asking()
    settings = asking.campaign.sources.x
    assert settings is not None
    free = replace(settings, prices=XPrices(post=0.0, user=0.0, counts=0.0, counts_archive=0.0))
    campaign = replace(asking.campaign, sources=replace(asking.campaign.sources, x=free))
    pages = night.collect(campaign=campaign)
    assert pages[-1].complete and len(night.kept) == 12
    assert list(x.refresh(list(night.kept.values()), replace(asking, campaign=campaign)))[-1].complete


def test_no_money_means_no_request(night: Night) -> None:
    publish(night.served.fake, 5)
    night.cap_run = 0.004
    with pytest.raises(BudgetStop, match="max_cost_run"):
        night.collect()
    assert night.served.fake.asked == []


def test_each_try_of_a_paid_call_is_entered_and_what_broke_off_stands_at_its_most(night: Night) -> None:
    publish(night.served.fake, 5)
    night.served.loopback.faults = [answered, cut, says(503)]
    night.collect()
    assert len(night.kept) == 5
    rows = night.store.rows("select what, usd, most_usd, settled_at from spend order by id")
    assert [(row["what"], row["settled_at"] is None) for row in rows] == [
        ("counts of recent posts", False),
        ("recent search", True),
        ("recent search", False),
        ("recent search", False),
    ]
    assert rows[1]["usd"] == rows[1]["most_usd"] == pytest.approx(0.25)
    assert rows[2]["usd"] == 0


@pytest.mark.parametrize("how", ["no_credit_after", "usage_capped"])
def test_when_xs_own_cap_is_reached_the_run_stops_without_waiting(night: Night, how: str) -> None:
    publish(night.served.fake, 150)
    setattr(night.served.fake, how, 2 if how == "no_credit_after" else True)
    with pytest.raises(BudgetStop, match="credits"):
        night.collect()
    assert night.waited == 0
    assert len(night.kept) == (100 if how == "no_credit_after" else 0)
    setattr(night.served.fake, how, None if how == "no_credit_after" else False)
    night.collect()
    assert set(night.kept) == truth(night.served.fake)


# ---- refusals and faults ---------------------------------------------------------------------------------------------


def test_a_wrong_token_is_told_at_once_and_x_is_not_hammered(night: Night) -> None:
    night.served.fake.known_token = False
    with pytest.raises(CredentialsRefused):
        night.collect()
    assert len(night.served.fake.asked) == 1
    with pytest.raises(CredentialsRefused, match="X_BEARER_TOKEN"):
        night.collect(credentials={})
    assert len(night.served.fake.asked) == 1


def test_errors_without_posts_are_no_empty_page(night: Night) -> None:
    publish(night.served.fake, 150)
    night.served.fake.errors_only = 1
    with pytest.raises(BadAnswer, match="without saying what it found"):
        night.collect()
    night.collect()
    assert set(night.kept) == truth(night.served.fake)


@pytest.mark.parametrize("headers", [{"x-rate-limit-reset": str(int((START + timedelta(seconds=90)).timestamp()))}, {}])
def test_a_429_is_waited_for_when_that_is_short(night: Night, headers: dict[str, str]) -> None:
    publish(night.served.fake, 5)
    night.served.loopback.faults = [says(429, b'{"title": "Too Many Requests"}', headers)]
    night.collect()
    assert len(night.kept) == 5 and 30 <= night.waited <= 120


def test_a_429_for_hours_is_left_to_the_next_run(night: Night) -> None:
    far = str(int((START + timedelta(hours=20)).timestamp()))
    publish(night.served.fake, 5)
    night.served.loopback.faults = [says(429, headers={"x-rate-limit-reset": far})]
    with pytest.raises(RateLimited):
        night.collect()
    assert night.waited == 0 and len(night.served.fake.asked) == 0


def test_pages_that_lead_round_in_a_circle_are_left_before_they_cost_more(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 150)
    tokens: list[str] = []

    def round_and_round(path: str, query: str, headers: dict[str, str]) -> Any:
        reply = fake.answer(path, re.sub(r"&?next_token=\w+", "", query), headers)
        assert reply is not None
        if "/search/" in path:
            tokens.append("ab"[len(tokens) % 2])
            reply[2]["meta"]["next_token"] = tokens[-1]
        return reply

    with serving(round_and_round) as loopback:
        night.served.loopback = loopback
        with pytest.raises(BadAnswer, match="lead to no end"):
            night.collect()
    assert tokens == ["a", "b", "a"]


def test_a_page_that_x_refused_and_leads_to_again_from_the_beginning_is_no_circle(night: Night) -> None:
    fake = night.served.fake
    publish(fake, 5)
    fake.empty_before = 1
    night.collect(pages=1)
    fake._empties = 0  # from the beginning X gives the same empty page first
    token = json.loads(night.cursor or "")["window"]["next_token"]
    code, told = invalid("The `next_token` query parameter value is not valid", "next_token", token)
    night.served.loopback.faults = [says(code, json.dumps(told).encode())]
    night.collect()
    assert set(night.kept) == truth(fake)


def test_a_drip_ends_at_the_deadline(night: Night) -> None:
    night.deadline = 1.0
    night.served.loopback.faults = [drip] * 5
    began = time.monotonic()
    with pytest.raises(Unreachable):
        night.collect()
    assert time.monotonic() - began < 5


def test_a_web_page_is_no_answer(night: Night) -> None:
    night.served.loopback.faults = [WEB_PAGE]
    with pytest.raises(BadAnswer, match="web page"):
        night.collect()
    assert night.cursor is None


def test_a_query_that_x_does_not_take_is_told_with_the_query(night: Night) -> None:
    publish(night.served.fake, 1)
    bad = json.dumps({"errors": [{"parameters": {"query": ["#buses"]}, "message": "no viable alternative"}]}).encode()
    night.served.loopback.faults = [says(400, bad)] * 2
    with pytest.raises(Refused, match="#buses"):
        night.collect()


def test_the_token_is_in_no_log_at_any_level(night: Night, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("tweepy", "tweepy.client", "urllib3", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    publish(night.served.fake, 5)
    night.collect()
    night.served.fake.known_token = False
    with pytest.raises(CredentialsRefused) as refused:
        night.collect()
    assert len(caplog.records) > 0
    assert TOKEN not in caplog.text and TOKEN not in str(refused.getrepr(showlocals=False)) + str(refused.value)
    assert TOKEN not in repr(night.asking().web) and TOKEN not in json.dumps(night.store.rows("select * from spend"))
