"""The spill: what is on disk is sealed, whole, bounded, one process's, and stays until it is where it belongs."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

STORE, SEGMENT, LEFTOVERS = (f"collector/spill/{name}.py" for name in ("store", "segment", "leftovers"))
SPILL = ("tests/unit/test_collector_spill.py",)
LEFT = ("tests/unit/test_collector_leftovers.py",)

MUTANTS: Final = (
    Mutant(
        "spill-sealed", "P8", "what was taken lies open on the disk", f"{STORE}:Spill.append",
        "self._seal.sealed(_BATCH.encode(value))", "_BATCH.encode(value)", SPILL,
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
        "spill-bounds-all", "P11", "segments set aside fill the disk", f"{STORE}:Spill.bytes",
        "(SUFFIX, DAMAGED)", "(SUFFIX,)", SPILL,
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
        "spill-torn", "P10", "a process that died leaves what is told as damage and kept for ever", f"{STORE}:_mend",
        "file.truncate(torn.start)", "pass", SPILL,
    ),
    Mutant(
        "spill-damaged", "P10", "a damaged segment stops all that come after it", f"{STORE}:Spill.oldest",
        "(segment.Damaged, CodecError, ValueError)", "CodecError", SPILL,
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
        "(SUFFIX, DAMAGED)", "(SUFFIX,)", LEFT,
    ),
)  # fmt: skip
