"""The ensemble: the plain numbers that hands and forgers are drawn from, in one place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ensemble:
    """Medians and spreads of the habits of hands and of forgers.

    A length is in x-heights unless it says otherwise; a spread is a standard deviation, that of a
    gain one of its logarithm. `studies.realism.calibration` turns these numbers until generated
    signatures measure like people's.

    See Also
    --------
    sample_writer, sample_forger : draw from it.

    Examples
    --------
    >>> from dataclasses import replace
    >>> calm = replace(ENSEMBLE, loose=0.5)
    >>> calm.loose
    0.5
    """

    # Hands: what differs from writer to writer.
    width: float = 1.42  # median gain on how wide letters are
    width_spread: float = 0.285
    slant: float = 0.211  # x per y
    slant_spread: float = 0.208
    rise: float = 0.143  # slope of the base line, y per x
    rise_spread: float = 0.0791
    letters: float = 0.143  # how far a writer's letters lie from the copybook's
    lifts: float = 0.16  # mean chance of lifting the pen before a letter
    hooks: float = 0.633  # mean chance of a hook where the pen is set down or lifted

    # Hands: what differs from one signature to the next.
    loose: float = 0.993  # gain on all of it
    loose_spread: float = 0.401
    misses: float = 0.0302  # share of its way by which a stroke misses its target
    bends: float = 0.09  # rad
    drift: float = 0.057  # of size, slant and the slow warp, relative
    swells: float = 0.0934  # gains on the height and the width of single letters

    # Pressure: a habit.
    press: float = 0.556  # mean, of the most
    press_spread: float = 0.4  # from stroke to stroke, of one writer
    press_noise: float = 0.3  # from one signature to the next
    taper: float = 0.066  # s, in which a pen is set down or lifted
    taper_spread: float = 0.5

    # Forgers: what one of them misunderstands, in every attempt. Clumsiness multiplies it.
    forger_slant: float = 0.28  # x per y
    forger_width: float = 0.207  # gain on the aspect ratio
    forger_rise: float = 0.128  # y per x
    proportions: float = 0.161  # gains on the height and the width of single letters
    redraws: float = 0.27  # of target points
    forger_bends: float = 0.189  # rad
    turns: float = 0.0256  # chance that a bend turns the other way
    extra_lifts: float = 0.3  # chance of a lift where the writer has none
    lost_lifts: float = 0.3  # chance of going on where the writer lifts the pen
    varied: float = 0.5  # how much a forger is better at one thing than at another

    # Forgers: how they write.
    delay: float = 0.42  # logarithm of the median gain on the time from stroke to stroke
    delay_spread: float = 0.25
    heaviness: float = 0.444  # how much slower than the writer's a stroke gets with its length
    forger_press: float = 0.42  # mean: who draws slowly leaves more ink, and presses less
    forger_press_spread: float = 0.3  # from stroke to stroke: they press evenly
    forger_press_noise: float = 0.2  # from one attempt to the next
    forger_taper: float = 0.0101  # s: ends are blunt
    strays: float = 0.12  # of target points, from one attempt to the next
    learns: float = 0.06  # share of what is misunderstood that goes with each attempt


# Fitted on 2026-11-29: of 525 rows, three scripts, 52 lie outside on 60 other writers of each.
ENSEMBLE = Ensemble()
