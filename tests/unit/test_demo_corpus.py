"""The words of the demo's app: where they come from, and canaries that can't be taken for one another."""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING

import pytest

from deploy.demo.app import corpus
from deploy.demo.app.canaries import HALF, Mint

if TYPE_CHECKING:
    from pathlib import Path


def test_a_corpus_file_gives_the_words(tmp_path: Path) -> None:
    """Lines are taken by category; other categories, and paragraphs, are left; a missing one falls back to chat."""
    rows = [
        ("chat_line", "hello there"),
        ("meeting_title", "Budget"),
        ("card_number", "4711"),
        ("chat_line", "x" * 500),
    ]
    path = tmp_path / "words.jsonl"
    path.write_text("".join(json.dumps({"category": c, "value": v}) + "\n" for c, v in rows), encoding="utf-8")
    words = corpus.load(path)
    assert words.source == "words.jsonl"
    assert words.lines["meeting_title"] == ["Budget"]
    assert words.lines["display_name"] == ["hello there"]
    assert set(words.lines) == set(corpus.CATEGORIES)


def test_chatterbot_corpus_stands_in(tmp_path: Path) -> None:
    """Without a file the words come from chatterbot-corpus."""
    words = corpus.load(tmp_path / "missing.jsonl")
    assert words.source == "chatterbot-corpus"
    assert len(words.lines["chat_line"]) > 1000
    assert "I am doing well." in words.lines["chat_line"]


def test_no_words_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With neither a file nor chatterbot-corpus, or with an empty file, one line says what to do."""
    path = tmp_path / "words.jsonl"
    path.write_text(json.dumps({"category": "pin", "value": "4711"}), encoding="utf-8")
    with pytest.raises(corpus.CorpusMissing, match="no usable line"):
        corpus.load(path)
    monkeypatch.setitem(sys.modules, "chatterbot_corpus", None)
    with pytest.raises(corpus.CorpusMissing, match="pip install chatterbot-corpus"):
        corpus.load(None)


def test_no_two_canaries_share_half_a_word() -> None:
    """Any eight letters that begin a canary's word tell which canary it is."""
    mint = Mint(random.Random(1))  # noqa: S311 - as above
    words = [word for number in range(500) for word in mint.canary(str(number)).words]
    assert len({word[:HALF] for word in words}) == len(words) == 1000
    assert all(
        words[0] in text and words[1] in text for text in [mint.canary("x").text] for words in [("please", "us")]
    )
