"""What is published of known corpora: how many writers, and how many signatures of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CEDAR = "Kalera et al. 2004, doi:10.1142/S0218001404003630"
BHSIG260 = "Pal et al. 2016, doi:10.1109/DAS.2016.48"
SIGCOMP2009 = "TC11, https://tc11.cvc.uab.es/datasets/SigComp2009_1"
SIGCOMP2011 = "TC11, ICDAR 2011 Signature Verification Competition (SigComp2011)"
SIGWICOMP2013 = "TC11, https://tc11.cvc.uab.es/datasets/SigWiComp2013_1"
UTSIG = "Soleimani et al. 2016, arXiv:1603.03235"
MCYT = "Ortega-Garcia et al. 2003, doi:10.1049/ip-vis:20031078"
GPDS960 = "Vargas et al. 2007, doi:10.1109/ICDAR.2007.4377018"
GPDS_SYNTHETIC = "Ferrer et al. 2015, GPDS Synthetic Signature"


@dataclass(frozen=True)
class Edition:
    """One corpus, or one part of it, as it is published.

    Attributes
    ----------
    layout : str
        Name in `NAMED_LAYOUTS`.
    name : str
        What sentences call it.
    writers : int
        Whose signatures it holds.
    source : str
        Where that is published.
    per_writer : mapping from str to int
        How many signatures each writer has, from "genuine" or a kind of forgery; empty where
        their number varies.
    images : int
        In all, where only that is published; otherwise 0.
    script : str
        What the file names say for its script, or "".
    first : int or None
        The number of the first writer, where they are numbered without a gap.
    """

    layout: str
    name: str
    writers: int
    source: str
    per_writer: Mapping[str, int] = field(default_factory=dict)
    images: int = 0
    script: str = ""
    first: int | None = None

    @property
    def total(self) -> int:
        """How many images the edition holds."""
        return self.images or self.writers * sum(self.per_writer.values())


# A forgery of which nothing else is said counts as skilled.
TWENTY_FOUR_EACH = {"genuine": 24, "skilled": 24}
THIRTY_FORGED = {"genuine": 24, "skilled": 30}

PUBLISHED = (
    Edition("cedar", "CEDAR", 55, CEDAR, TWENTY_FOUR_EACH, first=1),
    Edition("bhsig260", "BHSig260 Bengali", 100, BHSIG260, THIRTY_FORGED, script="B", first=1),
    Edition("bhsig260", "BHSig260 Hindi", 160, BHSIG260, THIRTY_FORGED, script="H", first=1),
    # 12 writers with 5 signatures each, of whom 31 forgers wrote 5 each: 1,920. The public archive
    # lacks some (readers count 1,898 images).
    Edition(
        "sigcomp2009-training",
        "SigComp 2009, training (NISDCC)",
        12,
        SIGCOMP2009,
        {"genuine": 5, "skilled": 155},
    ),
    Edition(
        "sigcomp2009-evaluation",
        "SigComp 2009, evaluation (NFI)",
        100,
        SIGCOMP2009,
        images=1953,
    ),
    Edition("sigcomp2011", "SigComp 2011 Dutch, training", 10, SIGCOMP2011, images=362),
    Edition("sigcomp2011", "SigComp 2011 Dutch, test", 54, SIGCOMP2011, images=1932),
    Edition("sigcomp2011", "SigComp 2011 Dutch, training and test", 64, SIGCOMP2011, images=2294),
    Edition("sigcomp2011", "SigComp 2011 Chinese, training", 10, SIGCOMP2011, images=575),
    Edition("sigcomp2011", "SigComp 2011 Chinese, test", 10, SIGCOMP2011, images=602),
    Edition(
        "sigwicomp2013",
        "SigWiComp 2013 Japanese",
        31,
        SIGWICOMP2013,
        {"genuine": 42, "skilled": 36},
    ),
    Edition(
        "utsig",
        "UTSig",
        115,
        UTSIG,
        {"genuine": 27, "skilled": 6, "simple": 36, "disguised": 3},
        first=1,
    ),
    # The 75 writers who were scanned are not numbered without a gap.
    Edition("mcyt75", "MCYT-75", 75, MCYT, {"genuine": 15, "skilled": 15}),
    # The grey copy that is handed out has 881 writers of the 960.
    Edition("gpds", "GPDS-960 (grey copy)", 881, GPDS960, THIRTY_FORGED),
    Edition("gpds", "GPDS Synthetic", 4000, GPDS_SYNTHETIC, THIRTY_FORGED, first=1),
)


def nearest_edition(layout: str, writers: int, images: int, script: str = "") -> Edition | None:
    """Return the published edition that a copy is most likely one of.

    Parameters
    ----------
    layout : str
        Name in `NAMED_LAYOUTS`.
    writers, images : int
        What the copy holds.
    script : str
        What its file names say for the script, or "".

    Returns
    -------
    Edition or None
        Of the editions of that layout and script, the one whose number of writers, and then of
        images, is nearest; None where nothing is published.

    Examples
    --------
    >>> nearest_edition("sigcomp2011", writers=10, images=590).name
    'SigComp 2011 Chinese, test'
    """
    editions = [one for one in PUBLISHED if (one.layout, one.script) == (layout, script)]
    return min(
        editions,
        key=lambda one: (abs(one.writers - writers), abs(one.total - images)),
        default=None,
    )
