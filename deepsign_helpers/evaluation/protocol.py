"""The protocol of a test, in words: a rate without it means nothing."""

from dataclasses import dataclass
from typing import NamedTuple

# How distances to several references become one, as a protocol says it; `fuse` computes it.
FUSIONS = {
    "mean": "their mean",
    "min": "their minimum",
    "max": "their maximum",
    "normalised": "their mean less the references' own mutual distance",
    "partial": "their mean less 0.7 of the references' own mutual distance",
}

# Where thresholds may come from, by scope and origin, as a protocol says it. A priori: found on
# other writers beforehand. A posteriori: found on the very scores that it judges. `Protocol`
# fills in {kind} and {judges}, the number of writers whose scores gave the threshold. A threshold
# for one writer a priori is not offered.
THRESHOLDS = {
    ("global", None): "no threshold was set",
    ("global", "a-priori"): (
        "threshold (set by {kind} forgeries) and calibration a priori: from {judges} other writers"
    ),
    ("global", "a-posteriori"): (
        "one threshold for all, a posteriori: from the scores it then judges, so optimistic"
    ),
    ("user", "a-posteriori"): (
        "a threshold for each writer, a posteriori: from the scores it then judges, so optimistic"
    ),
}


class ComparisonRule(NamedTuple):
    """How a questioned signature is compared with a writer.

    Attributes
    ----------
    references : int
        How many of the writer's genuine signatures it is compared with.
    fusion : str
        How the distances to them become one, as for `fuse`.
    """

    references: int
    fusion: str


# What the course reports on: five references a writer, and the one that a bank often has.
# These are only the rules chosen beforehand; `Protocol`, below, describes a test that was made.
PROTOCOLS = (
    ComparisonRule(references=5, fusion="partial"),
    ComparisonRule(references=1, fusion="min"),
)


@dataclass(frozen=True)
class Protocol:
    """Under which rules a test was made; printed, it is the sentence that belongs to a result.

    Derived in chapter 06, *Where a threshold comes from*.

    Attributes
    ----------
    writers : int
        How many writers were tested.
    references : int
        References of each writer; usual are 1, 3, 5 and 10.
    fusion : str
        How distances to the references became one, as for `fuse`.
    kinds : tuple of str
        Kinds of forgery, each judged apart.
    scope : "global" or "user"
        One threshold for everybody, or one for each writer.
    origin : "a-priori", "a-posteriori" or None
        Where thresholds came from; without one, none was set.
    judges : int
        Number of writers who gave the threshold.
    model : str
        Name of what was tested.

    See Also
    --------
    evaluate : tests a score table, and says under which protocol.

    Examples
    --------
    >>> protocol = Protocol(writers=20, references=1, fusion="min", kinds=("skilled", "random"))
    >>> print(str(protocol)[:66])
    writer-independent, 20 writers, 1 reference each, distances to the
    """

    writers: int
    references: int
    fusion: str
    kinds: tuple[str, ...]
    scope: str = "global"
    origin: str | None = None
    judges: int = 0
    model: str = ""

    def __str__(self) -> str:
        model = f"{self.model}: " if self.model else ""
        plural = "s" if self.references > 1 else ""
        fusion = FUSIONS.get(self.fusion, self.fusion)
        kinds = " and ".join(self.kinds)
        threshold = THRESHOLDS[self.scope, self.origin].format(
            kind=self.kinds[0], judges=self.judges
        )
        # Writer-independent: one model for all writers, even where each has a threshold.
        # EER: equal error rate. FAR: false accept rate.
        return (
            f"{model}writer-independent, {self.writers} writers, "
            f"{self.references} reference{plural} each, "
            f"distances to the references fused by {fusion}, {kinds} forgeries apart; {threshold}; "
            "EER and rates at a FAR are read off the tested scores; 95 % intervals over writers."
        )
