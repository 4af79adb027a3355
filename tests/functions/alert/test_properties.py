"""What must hold of every script: cuts and reloads make no difference, and an alert's events tell one story."""

from __future__ import annotations

from hypothesis import given, settings

from tests.functions.alert.scripts import SCRIPT, Step, Story, check_alerts, check_state, told
from tests.rules.vectors import Player


@given(SCRIPT)
@settings(max_examples=40)
def test_cuts_and_reloads_make_no_difference(script: list[Step]) -> None:
    story = Story().play(script)
    dump = story.player.state.freeze().dump()
    others = [Story(cut="single"), Story(cut="joined"), Story(player=Player(reload=True))]
    for other in others:
        assert told(other.play(script).said) == told(story.said)
        assert other.player.state.freeze().dump() == dump


@given(SCRIPT)
@settings(max_examples=40)
def test_the_events_of_alerts_tell_one_story(script: list[Step]) -> None:
    story = Story().play(script)
    check_alerts(story.said)
    check_state(story.player.state, story.said)
