"""Styles: the habits that make one hand differ from another."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from deepsign_helpers.synthesis.ensemble import ENSEMBLE, Ensemble

# Shares of writers: in each condition, with each flourish, with each headline (see `Style`).
CONDITIONS = {"usual": 0.7, "hurried": 0.1, "elderly": 0.1, "left-handed": 0.1}
FLOURISHES = {"none": 0.65, "underline": 0.15, "swoop": 0.12, "zigzag": 0.08}
HEADLINES = {"whole": 0.75, "broken": 0.15, "none": 0.1}

NARROWEST = 0.7  # gain on how wide letters are


@dataclass(frozen=True)
class Style:
    """A writer's habits, which show in every signature; a length is in x-heights.

    Derived in chapter 00, *How a forger writes*.

    See Also
    --------
    sample_writer : draws a writer with a style.
    Forger : the habits of who imitates them.

    Examples
    --------
    >>> import numpy as np
    >>> from deepsign_helpers import synthesis
    >>> writer = synthesis.sample_writer(np.random.default_rng(40), condition="elderly")
    >>> writer.style.tremor > 0  # mm: the elderly tremble
    True
    """

    x_height: float  # mm, height of a small letter
    slant: float  # shear, x per y
    width: float  # gain on how wide letters are
    ascenders: float  # gain on what rises above the x-height
    descenders: float  # gain on what hangs below the base line
    capitals: float  # gain on capitals
    roundness: float  # gain on every bend
    spacing: float  # added between letters
    lifts: float  # chance, 0 to 1, of lifting the pen before a letter
    hooks: float  # chance, 0 to 1, of a hook where the pen is set down, and where it is lifted
    legible: int  # letters after a word's first that can be read; the rest may run out in a wave
    shortcuts: float  # chance, 0 to 1, that a letter has lost one of its strokes
    dots: float  # chance, 0 to 1, of adding a dot or bar
    headline: str  # "whole", "broken" or "none": the line that the words of some scripts hang from
    rise: float  # slope of the base line, y per x
    gap: float  # s, mean time from the beginning of a stroke to that of the next
    support: float  # s, mean time that a stroke lasts: while its speed is not (nearly) zero
    sigma: float  # mean σ of the lognormal bursts of speed: the larger, the more lopsided
    flourish: str  # "none", "underline", "swoop" or "zigzag"
    loose: float  # gain on how much one signature differs from the next
    press: float  # mean pressure, 0 to 1
    heavy_down: float  # gain on the pressure of strokes that go down, the inverse of others
    taper: float  # s in which the pen is set down or lifted
    tremor: float = 0.0  # mm; zero for a steady hand


def draw_by_share(shares: dict[str, float], rng: Generator) -> str:
    """Draw one of some names, each as often as its share says."""
    return str(rng.choice(list(shares), p=list(shares.values())))


def sample_style(rng: Generator, condition: str = "usual", ensemble: Ensemble = ENSEMBLE) -> Style:
    """Draw a writer's habits from the ensemble; the condition then changes some of them."""
    # Drawn in this order: in another one every seed would stand for another person.
    style = Style(
        x_height=rng.uniform(5.5, 9.5),
        slant=rng.normal(ensemble.slant, ensemble.slant_spread),
        width=max(NARROWEST, ensemble.width * rng.lognormal(0, ensemble.width_spread)),
        ascenders=rng.uniform(0.6, 1.5),
        descenders=rng.uniform(0.5, 1.4),
        capitals=rng.uniform(0.9, 1.9),
        roundness=rng.uniform(0.7, 1.3),
        spacing=rng.uniform(-0.1, 0.2),
        lifts=min(0.9, rng.exponential(ensemble.lifts)),
        hooks=min(0.9, rng.exponential(ensemble.hooks)),
        legible=int(rng.integers(2, 10)),
        shortcuts=float(rng.choice([0.0, 0.15, 0.3])),
        dots=rng.uniform(0.3, 1.0),
        headline=draw_by_share(HEADLINES, rng),
        rise=rng.normal(ensemble.rise, ensemble.rise_spread),
        gap=rng.uniform(0.085, 0.11),
        support=rng.uniform(0.22, 0.3),
        sigma=rng.uniform(0.15, 0.35),
        flourish=draw_by_share(FLOURISHES, rng),
        loose=ensemble.loose * rng.lognormal(0, ensemble.loose_spread),
        press=float(np.clip(rng.normal(ensemble.press, 0.1), 0.4, 0.95)),
        heavy_down=rng.lognormal(0.12, 0.12),
        taper=ensemble.taper * rng.lognormal(0, ensemble.taper_spread),
    )
    if condition == "hurried":
        legible = min(style.legible, 3)
        return replace(style, gap=0.85 * style.gap, legible=legible, loose=1.2 * style.loose)
    if condition == "elderly":
        tremor = rng.uniform(0.06, 0.25)
        lifts = max(style.lifts, 0.15)
        slower = replace(style, gap=1.3 * style.gap, loose=1.15 * style.loose)
        return replace(slower, lifts=lifts, tremor=tremor)
    if condition == "left-handed":
        return replace(style, slant=rng.uniform(-0.35, 0.1))
    return style
