"""What a coach says about each finding: a cue for the next repetition, and drills."""

from __future__ import annotations

from dataclasses import dataclass

WALL_HINGE = "wall hinge: stand a hand's width off a wall and reach back to it with the hips"
STICK_HINGE = (
    "broomstick hinge: a stick along head, upper back and sacrum keeps touching all three, which "
    "keeps the spine neutral"
)
LIGHT_BELL = "light kettlebell deadlift: feel the pull come from the hips, not the arms"
SLOW_RDL = "Romanian deadlift with three seconds down: learn to lower under control"
KNEE_PAUSE = "pause deadlift: stop for two seconds just below the knee, bar against the legs"
FLOOR_PAUSE = "pause an inch off the floor for two seconds, then finish"
BAND_DRAG = "band pull-in: a light band draws the bar forward while you hold it against the legs"
TALL_HOLD = "hold each lockout for two seconds, ribs down, squeezing the glutes"
BLOCK_PULL = "pulls from blocks at knee height, finished in one motion"
DEAD_STOP = "dead-stop singles: let the plates settle, breathe, set up again"


@dataclass(frozen=True)
class Advice:
    """What a finding is called, what to think of on the next pull, and what to practise."""

    name: str
    cue: str
    drills: tuple[str, ...]


ADVICE: dict[str, Advice] = {
    "squatted_pull": Advice(
        "squatted pull",
        "push the hips back first and keep the shins near vertical; start with the bar over the "
        "middle of the foot",
        (WALL_HINGE, LIGHT_BELL, SLOW_RDL),
    ),
    "knee_first": Advice(
        "knee-first pull",
        "let the knees move out of the way before the chest comes up; drag the bar up the legs",
        (KNEE_PAUSE, STICK_HINGE, SLOW_RDL),
    ),
    "forward_drift": Advice(
        "forward drift",
        "lats tight: squeeze the armpits and drag the bar close",
        (BAND_DRAG, KNEE_PAUSE, LIGHT_BELL),
    ),
    "backward_drift": Advice(
        "backward drift",
        "start with the bar over the middle of the foot, and finish tall instead of leaning back",
        (FLOOR_PAUSE, TALL_HOLD),
    ),
    "off_midfoot_start": Advice(
        "start off midfoot",
        "set the feet so that the bar cuts the shoe in half, then don't move it",
        (DEAD_STOP, FLOOR_PAUSE),
    ),
    "hips_shoot_up": Advice(
        "hips rising first (possible)",
        "chest and hips rise together: push the floor away before you pull",
        (FLOOR_PAUSE, STICK_HINGE),
    ),
    "hitch": Advice(
        "hitch",
        "one motion to the top: hips through as soon as the bar passes the knees; if it still "
        "stops, take some weight off",
        (BLOCK_PULL, KNEE_PAUSE),
    ),
    "overextended_lockout": Advice(
        "leaning back at lockout (possible)", "finish tall, no lean: ribs down", (TALL_HOLD,)
    ),
    "soft_lockout": Advice(
        "soft lockout",
        "stand all the way up: knees straight, hips through",
        (TALL_HOLD, BLOCK_PULL),
    ),
    "uncontrolled_descent": Advice(
        "dropped bar",
        "if you didn't mean to let go: hips back first and keep hold of the bar to the floor",
        (SLOW_RDL,),
    ),
    "bounced_rep": Advice(
        "rebound off the floor",
        "if you meant a dead stop: let the plates settle before the next pull",
        (DEAD_STOP,),
    ),
    "shallow_rdl": Advice(
        "shallow Romanian deadlift",
        "send the hips further back until the bar is below the knees, as far as the back stays "
        "flat",
        (WALL_HINGE, STICK_HINGE),
    ),
    "floor_touch_rdl": Advice(
        "rest at the bottom",
        "turn at mid-shin, before the plates reach the floor",
        (SLOW_RDL,),
    ),
    "inconsistent_path": Advice(
        "path unlike the others",
        "same set-up every time: feet, breath, slack, pull",
        (DEAD_STOP, LIGHT_BELL),
    ),
}

HIPS_PUSH = Advice(
    "bar pushed forward by the hips",
    "finish by squeezing the glutes, the bar against the thighs; don't throw the hips at it",
    (TALL_HOLD, BAND_DRAG),
)
"""Forward drift that comes only at the top."""

LOWERED_KNEES = Advice(
    "knees first on the way down",
    "lower it the way you lifted it: hips back first, and let the knees bend once the bar has "
    "passed them",
    (SLOW_RDL, WALL_HINGE),
)
"""A loop round the knees only on the way down."""

DIRECTED = (
    "squatted_pull",
    "knee_first",
    "forward_drift",
    "backward_drift",
    "off_midfoot_start",
    "hips_shoot_up",
    "overextended_lockout",
)
"""Findings that mean nothing until it is known which way the lifter faces."""
