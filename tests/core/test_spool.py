from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from digitscan.executors.spool import Spool, receive
from digitscan.sources import Source


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_gives_its_content_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    sources = [Source(name, tmp_path / name) for name in ("one", "other")]
    for source in sources:
        os.mkfifo(tmp_path / source.name)
        threading.Thread(target=(tmp_path / source.name).write_bytes, args=[source.name.encode()]).start()
    spool = Spool()
    places = []
    for source in sources * 2:
        placed, pipe = spool.on_disk(source)
        assert placed.path is not None and pipe == source.path
        receive(tmp_path / source.name, placed.path)
        places.append(placed.path)
    assert places[:2] == places[2:]
    assert [place.read_bytes() for place in places] == [b"one", b"other"] * 2
    spool.close()
    assert not any(place.exists() for place in places)


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no names for open pipes")
def test_pipe_that_others_cannot_see_is_copied_at_once() -> None:
    """As a shell's ``<(...)`` is."""
    theirs, ours = os.pipe()
    with os.fdopen(ours, "wb") as stream:
        stream.write(b"content")
    spool = Spool()
    placed, pipe = spool.on_disk(Source("pipe", Path(f"/dev/fd/{theirs}")))
    os.close(theirs)
    assert placed.path is not None and placed.path.read_bytes() == b"content" and pipe is None
    spool.close()
