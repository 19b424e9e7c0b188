import cv2
import numpy as np
import pytest

from benchmarks.peers import PEERS, Start, adaptive_template, optical_flow

STEPS = np.linspace(0, 60, 31)


def pictures(step_px=STEPS):
    """A disc with a pattern that rises over a plain wall, by fractions of a pixel."""
    rng = np.random.default_rng(1)
    pattern = cv2.GaussianBlur(rng.uniform(0, 255, (81, 81)).astype(np.float32), (0, 0), 2.0)
    pattern = cv2.normalize(pattern, None, 30, 220, cv2.NORM_MINMAX)
    disc = cv2.circle(np.zeros((81, 81), np.float32), (40, 40), 36, 1.0, -1)
    for rise in step_px:
        shift = np.array([[1, 0, 80.0], [0, 1, 140.0 - rise]])
        face, mask = (
            cv2.warpAffine(layer, shift, (240, 260), flags=cv2.INTER_CUBIC)
            for layer in (pattern, disc)
        )
        grey = np.clip(120 + mask * (face - 120), 0, 255).astype(np.uint8)
        yield cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)


START = Start(120.0, 180.0, 36.0)


# A correlation's parabola and a flow step are good to 0.1 px; both are added up over 30 frames.
@pytest.mark.parametrize(("peer", "tolerance_px"), [(adaptive_template, 1.0), (optical_flow, 1.0)])
def test_subpixel_peers_follow_a_rising_disc(peer, tolerance_px):
    centres = np.array(peer(pictures(), START))
    assert centres[:, 0] == pytest.approx(120.0, abs=tolerance_px)
    assert centres[:, 1] == pytest.approx(180.0 - STEPS, abs=tolerance_px)


@pytest.mark.parametrize("name", [name for name, _, _ in PEERS if "plate" in name])
def test_trackers_follow_to_a_few_pixels(name):
    peer = next(peer for known, peer, _ in PEERS if known == name)
    centres = np.array(peer(pictures(), START))
    # boxes of whole pixels that wander by 2 to 4 px
    assert centres[:, 1] == pytest.approx(180.0 - STEPS, abs=5.0)


def test_the_template_says_when_it_is_lost():
    def vanishing():
        yield next(pictures())
        yield np.random.default_rng(2).integers(0, 255, (260, 240, 3), dtype=np.uint8)

    assert np.isnan(adaptive_template(vanishing(), START)[1]).all()
