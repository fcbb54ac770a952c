"""The spill: what is on disk is sealed, whole, bounded, one process's, and stays until it is where it belongs."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

STORE, SEGMENT, LEFTOVERS = (f"collector/spill/{name}.py" for name in ("store", "segment", "leftovers"))
SPILL = ("tests/unit/test_collector_spill.py",)
DELIVERY = ("tests/unit/test_collector_delivery.py",)
LEFT = ("tests/unit/test_collector_leftovers.py",)

MUTANTS: Final = (
    Mutant(
        "spill-sealed", "P8", "what was taken lies open on the disk", f"{STORE}:_packed",
        "seal.sealed(_BATCH.encode(value))", "_BATCH.encode(value)", SPILL,
    ),
    Mutant(
        "spill-folder-private", "P8", "others may look into the spill", f"{STORE}:Spill.__init__",
        "mode=0o700", "mode=0o755", SPILL,
    ),
    Mutant(
        "spill-file-private", "P8", "others may read a segment", f"{SEGMENT}:create",
        "path.chmod(0o600)", "pass", SPILL,
    ),
    Mutant(
        "spill-bounded", "P11", "the spill fills the disk", f"{STORE}:Spill.append",
        "self.bytes + len(entry) > self._most", "False", SPILL,
    ),
    Mutant(
        "spill-bounds-all", "P11", "segments set aside fill the disk", f"{STORE}:KEPT",
        "(SUFFIX, DAMAGED, REFUSED)", "(SUFFIX,)", SPILL,
    ),
    Mutant(
        "spill-disk-full", "P10", "what a full disk did not keep is taken for kept", f"{STORE}:Spill.append",
        "raise SpillFull from None", "return", SPILL,
    ),
    Mutant(
        "spill-new-after-failure", "P10", "a batch behind half of one can't be read", f"{STORE}:Spill.append",
        "self._stop_writing()", "pass", SPILL,
    ),
    Mutant(
        "spill-synced", "P10", "what was taken is lost with the power", f"{SEGMENT}:write",
        "os.fsync(file.fileno())", "pass", SPILL,
    ),
    Mutant(
        "spill-taken-back", "P10", "what nobody was told is taken comes out", f"{SEGMENT}:write",
        "file.truncate(before)", "pass", SPILL,
    ),
    Mutant(
        "spill-checked", "P10", "an entry whose bytes have changed is handed out", f"{SEGMENT}:read",
        "zlib.crc32(sealed, zlib.crc32(_TIME.pack(moment))) != checksum", "False", SPILL,
    ),
    Mutant(
        "spill-head", "P10", "a file that is no segment is read as one", f"{SEGMENT}:entries",
        "magic != MAGIC", "False", SPILL,
    ),
    Mutant(
        "spill-torn", "P10", "what a process that died left is kept for ever as damage", f"{STORE}:Spill._mend",
        "os.truncate(path, torn.start)", "pass", SPILL,
    ),
    Mutant(
        "spill-damaged", "P10", "a damaged segment stops all that come after it", f"{STORE}:Spill.oldest",
        "(CodecError, ValueError)", "CodecError", SPILL,
    ),
    Mutant(
        "spill-cut-told", "P10", "nobody is told of bytes that are cut off", f"{STORE}:Spill._mend",
        "self._tell(", "str(", SPILL,
    ),
    Mutant(
        "spill-behind-damage", "P10", "whole batches behind a damaged one are given up", f"{STORE}:Spill._step_over",
        "end is not None and", "False and", SPILL,
    ),
    Mutant(
        "spill-copy", "P10", "a damaged batch is thrown away", f"{STORE}:Spill._step_over",
        "os.link(path, path.with_suffix(DAMAGED))", "pass", SPILL,
    ),
    Mutant(
        "spill-other-key", "P10", "with another key a whole spill is told as damaged", f"{STORE}:Spill.__init__",
        "self._check_key()", "pass", SPILL,
    ),
    Mutant(
        "spill-refused", "P10", "what Kafka will never take holds up all that come after it",
        "collector/delivery.py:Delivery._moved", "self._moved_singly(self._producer, spill, batch.messages)", "raise",
        DELIVERY,
    ),
    Mutant(
        "spill-refused-kept", "P10", "what Kafka will never take is thrown away",
        "collector/delivery.py:Delivery._moved_singly", "path = spill.refuse(refused)",
        'path = spill._folder / "0.refused"', DELIVERY,
    ),
    Mutant(
        "spill-full-ready", "P10", "a collector that can take nothing asks for more",
        "collector/delivery.py:Delivery.why_not",
        "self._full and", "False and", DELIVERY,
    ),
    Mutant(
        "one-asks", "P10", "all wait for a Kafka that is known to be away", "collector/delivery.py:Delivery.deliver",
        "self._spill is None and self._lost", "False", DELIVERY,
    ),
    Mutant(
        "ready-tokens", "P10", "a collector that lets nobody in asks for more", "collector/work.py:Work.why_not",
        " or self.entrance.why_not()", "", ("tests/unit/test_collector_readiness.py",),
    ),

    Mutant(
        "spill-set-aside", "P10", "a damaged segment is thrown away", f"{STORE}:Spill._set_aside",
        "path.rename(path.with_suffix(DAMAGED))", "path.unlink()", SPILL,
    ),
    Mutant(
        "spill-told", "P10", "nobody is told of a damaged segment", f"{STORE}:Spill._set_aside",
        "self._tell(", "str(", SPILL,
    ),
    Mutant(
        "spill-to-its-end", "P10", "a segment is dropped with its first batch", f"{STORE}:Spill.done",
        "batch.end >= self._path(batch.number).stat().st_size", "True", SPILL,
    ),
    Mutant(
        "spill-place-unwritten", "P10", "on a full disk nothing goes out either", f"{STORE}:Spill.done",
        "contextlib.suppress(OSError)", "contextlib.suppress()", SPILL,
    ),
    Mutant(
        "spill-place-unread", "P10", "a collector does not start for a file that only saves work",
        f"{STORE}:read_done", "except (OSError, ValueError):", "except OSError:", SPILL,
    ),
    Mutant(
        "spill-numbers", "P10", "a new segment is skipped as one that is done with", f"{STORE}:newest",
        "(read_done(folder)[0], *numbers)", "(0, *numbers)", LEFT,
    ),
    Mutant(
        "spill-one-process", "P10", "two collectors write one spill", f"{STORE}:hold",
        'folder / "lock"', 'folder / f"lock-{os.urandom(4).hex()}"', SPILL,
    ),
    Mutant(
        "leftover-living", "P10", "a spill is taken from a worker that lives", f"{LEFTOVERS}:take_over",
        "_number(folder) >= workers", "True", LEFT,
    ),
    Mutant(
        "leftover-damaged", "P10", "a damaged segment is left where nobody looks", f"{LEFTOVERS}:take_over",
        "suffix in KEPT for", 'suffix in (".spill",) for', LEFT,
    ),
)  # fmt: skip
