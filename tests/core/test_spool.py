from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from digitscan.executors.spool import Spool
from digitscan.sources import Source


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_pipe_gives_its_content_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    sources = [Source(name, tmp_path / name) for name in ("one", "other")]
    for source in sources:
        os.mkfifo(tmp_path / source.name)
        threading.Thread(target=(tmp_path / source.name).write_bytes, args=[source.name.encode()]).start()
    spool = Spool()
    places = [spool.on_disk(source).path for source in sources * 2]
    assert places[:2] == places[2:]
    assert [place.read_bytes() for place in places if place] == [b"one", b"other"] * 2
    spool.close()
    assert not any(place.exists() for place in places if place)
