"""Key files: what they hold, how they are followed, and errors that never repeat them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.keyfile import KeyFile, read_keyring, read_recipient
from schemas.keyring import DAY, NoKey
from schemas.quarantine import BadKey, new_identity

SECRET = "f00dfeed" * 8
OTHER = "0ddba115" * 8
JUNE = 20_605 * DAY  # 2026-06-01


def test_a_recipient_reads(tmp_path: Path) -> None:
    """With the line end that editors add."""
    public = new_identity()[1]
    (tmp_path / "public").write_text(f"{public}\n", encoding="ascii")
    assert read_recipient(tmp_path / "public").text == public


@pytest.mark.parametrize(
    "held",
    [
        b"",
        b"\n",
        SECRET[:-2].encode(),
        (SECRET + "00").encode(),
        SECRET[:-1].encode(),
        b"g" * 64,
        b"\xff" * 32,
        "ä".encode(),
        f"2026-06-01 {SECRET}".encode(),
        f"2026-06-01 2026-06-31 {SECRET}".encode(),
        f"2026-06-01 2026-06-01 {SECRET}".encode(),
        f"2026-07-01 2026-06-01 {SECRET}".encode(),
        f"{SECRET} 2026-06-01 2026-07-01".encode(),
        f"2026-06-01 2026-07-01 {SECRET} f00d".encode(),
        f"{SECRET}\n{OTHER}\n".encode(),
        f"2026-06-01 2026-07-01 {SECRET}\n2026-06-30 2026-08-01 {OTHER}\n".encode(),
        f"2026-06-01 2026-07-01 {SECRET}\n2026-07-01 2026-08-01 {SECRET}\n".encode(),
        f"2026-06-01 2026-07-01 {SECRET}\n{OTHER}\n".encode(),
    ],
)
@pytest.mark.parametrize("read", [read_keyring, KeyFile, read_recipient])
def test_what_is_no_key_is_refused(read: Callable[[Path], object], held: bytes, tmp_path: Path) -> None:
    """Too short, too long, no hex, raw bytes, days that overlap or are none, one key twice.

    The error names the file and what to do, and repeats nothing of it.
    """
    path = tmp_path / "key"
    path.write_bytes(held)
    with pytest.raises(BadKey) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "tidegate keys new" in str(caught.value)
    assert not any(part in str(caught.value) for part in ("f00d", "0ddb", "2026"))


@pytest.mark.parametrize("read", [read_keyring, KeyFile, read_recipient])
def test_a_file_that_is_gone_is_said_to_be_gone(read: Callable[[Path], object], tmp_path: Path) -> None:
    """Not that it holds no key: the two are mended differently."""
    with pytest.raises(BadKey, match="can't be read"):
        read(tmp_path / "nowhere")
    with pytest.raises(BadKey, match="can't be read"):
        read(tmp_path)


def test_a_private_key_in_the_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    """An identity where the public key should be, and a pseudonym key there."""
    identity = new_identity()[0]
    for held in (identity, SECRET):
        (tmp_path / "public").write_text(held, encoding="ascii")
        with pytest.raises(BadKey) as caught:
            read_recipient(tmp_path / "public")
        assert held not in str(caught.value)
        assert held[20:40] not in str(caught.value)


def _write(path: Path, text: str) -> None:
    """Replace the file, as `tidegate keys rotate` and a mounted secret do."""
    aside = path.with_name("aside")
    aside.write_text(text, encoding="ascii")
    aside.replace(path)


def test_a_file_is_followed(tmp_path: Path) -> None:
    """The next epoch's key is there without a restart, and a key that was dropped from the file is gone."""
    path = tmp_path / "key"
    _write(path, f"2026-05-01 2026-06-01 {SECRET}\n")
    keys = KeyFile(path)
    assert keys.ring(JUNE - 1).at(JUNE - 1) == bytes.fromhex(SECRET)
    with pytest.raises(NoKey):
        keys.ring(JUNE)
    _write(path, f"2026-06-01 2026-07-01 {OTHER}\n")
    ring = keys.ring(JUNE)
    assert ring.at(JUNE) == bytes.fromhex(OTHER)
    with pytest.raises(NoKey):
        ring.at(JUNE - 1)


def test_a_file_that_is_damaged_or_gone_ends_the_use_of_its_keys(tmp_path: Path) -> None:
    """Nothing is judged with keys that are no longer there; once the file is mended, all goes on."""
    path = tmp_path / "key"
    _write(path, SECRET)
    keys = KeyFile(path)
    path.unlink()
    with pytest.raises(BadKey, match="can't be read"):
        keys.ring(0)
    _write(path, "no key")
    for _ in range(2):
        with pytest.raises(BadKey, match="hex"):
            keys.ring(0)
    _write(path, SECRET)
    assert keys.ring(0).at(0) == bytes.fromhex(SECRET)
    assert "f00d" not in repr(keys)


def test_a_key_that_is_replaced_before_its_end_is_told(tmp_path: Path) -> None:
    """Once, however the file broke meanwhile: what comes now can't be joined with what came before. Rotation is not."""
    path, replaced = tmp_path / "key", list[str]()
    _write(path, SECRET)
    keys = KeyFile(path, lambda: replaced.append("replaced"))
    keys.ring(JUNE)
    _write(path, f"2026-05-01 2026-06-02 {SECRET}\n2026-06-02 2026-07-01 {OTHER}\n")
    keys.ring(JUNE)
    keys.ring(JUNE + DAY)
    assert replaced == []
    _write(path, "no key")
    with pytest.raises(BadKey):
        keys.ring(JUNE + DAY)
    _write(path, f"2026-05-01 2026-07-01 {SECRET}\n")
    for _ in range(2):
        keys.ring(JUNE + DAY)
    assert replaced == ["replaced"]
