"""Every interleaving of the bridge's slot protocol, with store buffers and with deaths."""

import pytest

import bridge_model
from bridge_model import ProtocolError, Rules, explore


@pytest.mark.parametrize(
    "rules",
    [
        Rules(publications=6),
        Rules(publications=3, writer_deaths=2),
        Rules(publications=3, reader_deaths=2),
        Rules(publications=3, writer_deaths=1, reader_deaths=1),
    ],
    ids=["nobody dies", "writers die", "readers die", "both die"],
)
def test_nothing_is_torn_lost_or_stuck(rules):
    assert explore(rules) > 1000


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ({"second_look": False}, "overwritten while it was read"),
        ({"avoid_claim": False}, "overwritten while it was read"),
        ({"strong_claim": False}, "overwritten while it was read"),
        ({"signalled": False}, "both stand still"),
        ({"newest_last": False}, "overwritten while it was read"),
    ],
)
def test_the_exploration_notices_what_is_missing(broken, found):
    """Without any one precaution there is an interleaving that goes wrong."""
    with pytest.raises(ProtocolError, match=found):
        explore(Rules(**broken))


def test_two_slots_would_not_do(monkeypatch):
    monkeypatch.setattr(bridge_model, "SLOTS", 2)
    with pytest.raises(ProtocolError, match="finds no slot"):
        explore(Rules())
