"""Named layouts: how the files of known corpora are called, and how sure that is."""

# A pattern, or several, for each kind, as the argument `layout` of `load` takes them. A corpus that
# tells kinds of forgery apart has a key for each.
NAMED_LAYOUTS = {
    # Sure: listing of the official archive (folders full_org and full_forg), and luizgh/sigver. On
    # Kaggle (ishanikathuria/handwritten-signature-datasets) a folder for each writer holds both
    # kinds.
    "cedar": {
        "genuine": [
            "full_org/original_{writer}_{sample}.*",
            "{writer:1-2}/original_{writer:1-2}_{sample:1-2}.*",
        ],
        "forged": [
            "full_forg/forgeries_{writer}_{sample}.*",
            "{writer:1-2}/forgeries_{writer:1-2}_{sample:1-2}.*",
        ],
    },
    # Sure: folders 001 … in the original (Bengali, Hindi), 1 … on Kaggle (ishanikathuria). The
    # folder is the writer: files in Hindi/123 bear the number 124. Some sort them by kind instead.
    "bhsig260": {
        "genuine": [
            "{writer:1-3}/{script}-S-*-G-{sample}.*",
            "genuine/{script}-S-{writer:1-3}-G-{sample}.*",
        ],
        "forged": [
            "{writer:1-3}/{script}-S-*-F-{sample}.*",
            "forgery/{script}-S-{writer:1-3}-F-{sample}.*",
        ],
    },
    # Sure: several public loaders agree that the first number is the hand, the second the writer
    # whose name it is. NISDCC and NFI each number their writers from 001: two corpora.
    "sigcomp2009-training": {
        "genuine": ["NISDCC-{writer:3}_{writer:3}_{sample:3}_6g.*"],
        "forged": ["NISDCC-{forger:3}_{writer:3}_{sample:3}_6g.*"],
    },
    "sigcomp2009-evaluation": {
        "genuine": ["NFI-{writer:3}{sample:2}{writer:3}.*"],
        "forged": ["NFI-{forger:3}{sample:2}{writer:3}.*"],
    },
    # Sure for its dataset1, likely for dataset2 to 4: the part of SigComp 2009 that is on Kaggle as
    # divyanshrai/handwritten-signatures.
    "handwritten-signatures": {
        "genuine": ["real*/{writer:3}{sample:2}{writer:3}.*"],
        "forged": ["forge*/{forger:3}{sample:2}{writer:3}.*"],
    },
    # Sure: MrSaints/data-engineer-assignment-sigid describes the training set. The forger's four
    # digits precede the writer's three; the test set puts the sample's number first, and so does
    # its copy on Kaggle (robinreni/signature-verification-dataset: test/049, test/049_forg).
    "sigcomp2011": {
        "genuine": [
            "{writer:3}_{sample:1-2}.*",
            "{sample:1-2}_{writer:3}.*",
        ],
        "forged": [
            "{forger:4}{writer:3}_{sample:1-2}.*",
            "{sample:1-2}_{forger:4}{writer:3}.*",
        ],
    },
    # Likely, of the Japanese part: sigstat/sigstat reads its pen recordings by these names, and the
    # scans belong to them. The Dutch part to train on is SigComp 2009 and 2011, in two folders.
    "sigwicomp2013": {
        "genuine": ["{sample:1-2}_{writer:3}.*"],
        "forged": ["{sample:1-2}_{forger:1-4}_{writer:3}.*"],
    },
    # Sure: public loaders of the copy on Kaggle (sinjinir1999/utsignature-verification). With the
    # opposite hand a writer signs in a false hand: that is to disguise a signature.
    "utsig": {
        "genuine": ["Genuine/{writer:1-3}/{sample:1-2}.*"],
        "skilled": ["Forgery/Skilled/{writer:1-3}/{sample:1-2}.*"],
        "simple": ["Forgery/Simple/{writer:1-3}/{sample:1-2}.*"],
        "disguised": ["Forgery/Opposite Hand/{writer:1-3}/{sample:1-2}.*"],
    },
    # Sure: luizgh/sigver.
    "mcyt75": {
        "genuine": ["{writer:4}/{writer:4}v{sample:2}.*"],
        "forged": ["{writer:4}/{writer:4}f{sample:2}.*"],
    },
    # Sure: luizgh/sigver for GPDS-960; loaders of GPDS Synthetic and of a copy of 150 writers on
    # Kaggle (train/genuine, train/forge) agree. The name says all, whatever the folder.
    "gpds": {
        "genuine": ["c-{writer:3-5}-{sample:1-2}.*"],
        "forged": ["cf-{writer:3-5}-{sample:1-2}.*"],
    },
}

# Corpora whose naming nobody has published, and what there is to do.
OWN_PATTERN = (
    "give the pattern of your copy's paths, "
    'such as layout="{writer}/{kind}/{sample}.png" with kinds={"genuine": "org", "forged": "forg"}.'
)
UNPUBLISHED = {
    "idcar": f"the naming of IDCAR's files is not published; {OWN_PATTERN}",
    "sigwicomp2015": f"the naming of its Italian and Bengali files is not published; {OWN_PATTERN}",
    "sigcomp2009": (
        "is two corpora that number their writers alike; "
        'load each from its own folder, as "sigcomp2009-training" or "sigcomp2009-evaluation".'
    ),
}
