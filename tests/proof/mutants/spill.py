"""The spill: what is on disk is sealed, whole, bounded, one process's, and stays until it is where it belongs."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

STORE, SEGMENT, LEFTOVERS, FOLDER, BATCH, ROOM = (
    f"collector/spill/{name}.py" for name in ("store", "segment", "leftovers", "folder", "batch", "room")
)
SPILL = ("tests/unit/test_collector_spill.py",)
REFUSED = (f"{SPILL[0]}::test_what_kafka_refuses_is_set_aside_sealed_and_comes_back_under_a_segments_name",)
LEFT = ("tests/unit/test_collector_leftovers.py",)

MUTANTS: Final = (
    Mutant(
        "spill-sealed", "P8", "what was taken lies open on the disk", f"{BATCH}:packed",
        "seal.sealed(_BATCH.encode(value))", "_BATCH.encode(value)", SPILL,
    ),
    Mutant(
        "spill-folder-private", "P8", "others may look into the spill", f"{FOLDER}:make",
        "mode=0o700", "mode=0o755", SPILL,
    ),
    Mutant(
        "spill-folder-there", "P10", "a power cut takes a new spill with all in it", f"{FOLDER}:make",
        "segment.sync_folder(each.parent)", "pass", SPILL,
    ),
    Mutant(
        "spill-file-private", "P8", "others may read a segment", f"{SEGMENT}:create",
        "path.chmod(0o600)", "pass", SPILL,
    ),
    Mutant(
        "spill-taken-away", "P10", "200 is answered for what no folder holds any more", f"{SEGMENT}:write",
        "not os.path.samestat(os.fstat(file.fileno()), Path(file.name).stat())", "False", SPILL,
    ),
    Mutant(
        "spill-once-free", "P10", "a spill of orphaned workers stops a restart", "deploy/spills.py:_once_free",
        "time.monotonic() + PATIENCE, False", "time.monotonic(), True", ("tests/unit/test_deploy_spills.py",),
    ),
    Mutant(
        "spill-bounded", "P11", "the spill fills the disk", f"{ROOM}:Room.ask",
        "size_of(self._folder) + size > self._most", "False", SPILL,
    ),
    Mutant(
        "spill-bounds-all", "P11", "segments set aside fill the disk", f"{FOLDER}:KEPT",
        "(SUFFIX, *ASIDE)", "(SUFFIX,)", SPILL,
    ),
    Mutant(
        "spill-disk-full", "P10", "what a full disk did not keep is taken for kept", f"{STORE}:Spill.append",
        "raise SpillFull from None", "return", SPILL,
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
        "spill-checked", "P10", "an entry whose bytes have changed is handed out", f"{SEGMENT}:_part",
        "zlib.crc32(sealed, zlib.crc32(_TIME.pack(moment))) == checksum", "True", SPILL,
    ),
    Mutant(
        "spill-head", "P10", "a file that is no segment is read as one", f"{SEGMENT}:parts",
        "magic != MAGIC", "False", SPILL,
    ),
    Mutant(
        "spill-torn", "P10", "a process that died leaves what is told as damage and kept for ever", f"{FOLDER}:mended",
        "file.truncate(last.start)", "pass", SPILL,
    ),
    Mutant(
        "spill-torn-told", "P10", "bytes of the spill are cut and nobody is told", f"{STORE}:Spill._mend",
        "if cut:", "if False:", SPILL,
    ),
    Mutant(
        "spill-torn-damage", "P10", "damage within a segment has all that follows cut", f"{SEGMENT}:_part",
        "end = _next(file, start + 1, size)", "end = size", (f"{SPILL[0]}::test_damage_is_not_taken_for_a_torn_tail",),
    ),
    Mutant(
        "spill-last-kept", "P10", "the last entry is cut for one wrong bit", f"{SEGMENT}:_part",
        "said > size", "said >= size", SPILL,
    ),
    Mutant(
        "spill-behind-damage", "P10", "damage strands all that stands behind it", f"{SEGMENT}:_part",
        "_next(file, start + 1, size)", "size", SPILL,
    ),
    Mutant(
        "spill-set-aside", "P10", "damaged bytes are thrown away", f"{STORE}:Spill._skip",
        "damaged.keep(file.read(part.end - part.start))", "pass", SPILL,
    ),
    Mutant(
        "spill-told", "P10", "nobody is told of damage", f"{STORE}:Spill._skip",
        "self._tell(", "str(", SPILL,
    ),
    Mutant(
        "spill-locked", "P10", "a wrong key has a healthy spill set aside as damaged", f"{FOLDER}:check_key",
        "if entry is not None:", "if False:", SPILL,
    ),
    Mutant(
        "spill-refused-sealed", "P8", "what Kafka refused lies open on the disk", f"{BATCH}:packed",
        "seal.sealed(_BATCH.encode(value))", "_BATCH.encode(value)",
        REFUSED,
    ),
    Mutant(
        "spill-aside-number", "P10", "a file set aside is skipped as done with once it is a segment again",
        f"{STORE}:Spill.__init__", "partial(fresh, suffix)", "partial(path_of, folder, 1, suffix)", SPILL,
    ),
    Mutant(
        "spill-aside-gone", "P10", "who takes a file set aside away blocks the spill",
        "collector/spill/aside.py:Aside.keep", "self.keep(entries)", "raise", SPILL,
    ),
    Mutant(
        "spill-segment-gone", "P10", "who deletes a segment strands all that stands behind it",
        f"{FOLDER}:is_gone", "not path.exists()", "False", SPILL,
    ),
    Mutant(
        "spill-folder-gone", "P10", "a folder that is away for a moment is taken for empty", f"{FOLDER}:is_gone",
        "(path.parent / LOCK).exists()", "True", SPILL,
    ),
    Mutant(
        "spill-room-looked-at", "P10", "a disk that was cleared is never used again", f"{ROOM}:Room.look",
        "self._left() >= self._wanted", "False", SPILL,
    ),
    Mutant(
        "spill-brought-back", "P10", "a segment that is brought back is passed over in part",
        f"{STORE}:Spill._finish", "self._start = (number, 0)", "pass", SPILL,
    ),
    Mutant(
        "spill-to-its-end", "P10", "a segment is dropped with its first batch", f"{STORE}:Spill._go_to",
        "end >= self._path(number).stat().st_size", "True", SPILL,
    ),
    Mutant(
        "spill-place-unwritten", "P10", "on a full disk nothing goes out either", f"{FOLDER}:write_done",
        "contextlib.suppress(OSError)", "contextlib.suppress()", SPILL,
    ),
    Mutant(
        "spill-place-unread", "P10", "a collector does not start for a file that only saves work",
        f"{FOLDER}:read_done", "except (OSError, ValueError):", "except OSError:", SPILL,
    ),
    Mutant(
        "spill-numbers", "P10", "a new segment is read from where one that is gone was left", f"{FOLDER}:newest",
        "read_done(folder)[0]", "0", SPILL,
    ),
    Mutant(
        "spill-one-process", "P10", "two collectors write one spill", f"{FOLDER}:hold",
        "folder / LOCK", 'folder / f"lock-{os.urandom(4).hex()}"', SPILL,
    ),
    Mutant(
        "leftover-living", "P10", "a spill is taken from a worker that lives", f"{LEFTOVERS}:take_over",
        "_number(folder) >= workers", "True", LEFT,
    ),
    Mutant(
        "leftover-damaged", "P10", "a damaged segment is left where nobody looks", f"{LEFTOVERS}:take_over",
        "files(folder)", 'files(folder, (".spill",))', LEFT,
    ),
)  # fmt: skip
