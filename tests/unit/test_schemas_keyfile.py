"""Key files: what they hold, and errors that never repeat it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.keyfile import KEY_BYTES, new_key, read_key, read_recipient
from schemas.quarantine import BadKey, new_identity

SECRET = "f00dfeed" * 8


def test_a_new_key_reads_as_32_bytes(tmp_path: Path) -> None:
    """And no two are alike."""
    path = tmp_path / "key"
    path.write_text(new_key() + "\n", encoding="ascii")
    assert len(read_key(path)) == KEY_BYTES == 32
    assert new_key() != new_key()


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
    ],
)
@pytest.mark.parametrize("read", [read_key, read_recipient])
def test_what_is_no_key_is_refused(read: Callable[[Path], object], held: bytes, tmp_path: Path) -> None:
    """Too short, too long, no hex, raw bytes: the error names the file and what to do, and repeats nothing of it."""
    path = tmp_path / "key"
    path.write_bytes(held)
    with pytest.raises(BadKey) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "tidegate keys new" in str(caught.value)
    assert "f00d" not in str(caught.value)


@pytest.mark.parametrize("read", [read_key, read_recipient])
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
