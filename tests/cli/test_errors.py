"""What goes wrong becomes one line and an exit code, and stops nothing else."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sources.files import encode, encrypted_pdf, tiff_file

from digitscan.classifier import default_model
from digitscan.reader import Reader
from digitscan.results import ErrorRecord, PageResult

from .program import SAMPLES, Run, run_process

Image = pytest.importorskip("PIL.Image")
GOOD = ["52068", "397", "1104"]


def cut(sample: str) -> bytes:
    data = (SAMPLES / sample).read_bytes()
    return data[: len(data) // 2]


def huge_png() -> bytes:
    """A PNG whose header, with a right checksum, promises 100000 x 100000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def huge_tiff() -> bytes:
    tags = {256: (100_000,), 257: (100_000,), 258: (8,), 262: (1,), 277: (1,)}
    return tiff_file([(tags, b"\0" * 64)])


def huge_jpeg() -> bytes:
    data = bytearray(encode(Image.new("L", (8, 8), 255), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 60_000, 60_000)
    return bytes(data)


BAD_FILES: dict[str, tuple[bytes, str, str]] = {
    "empty.png": (b"", "empty_file", "the file is empty (0 bytes)"),
    "cut.png": (cut("invoice_form.png"), "truncated", "the PNG file ends"),
    "cut.jpg": (cut("photo_tally.jpg"), "truncated", "the JPEG file ends"),
    "cut.pdf": (cut("columns.pdf"), "truncated", "the PDF file ends"),
    "cut.tif": (cut("two_pages.tif"), "truncated", "the file ends early"),
    "notes.png": (
        b"Please read the forms in this folder.\n",
        "unsupported_format",
        "not an image that can be read",
    ),
    "locked.pdf": (encrypted_pdf(b"secret"), "encrypted", "the PDF is protected by a password"),
    "huge.png": (huge_png(), "too_large", "the page has 100000 x 100000 pixels"),
    "huge.tif": (huge_tiff(), "too_large", "the page has 100000 x 100000 pixels"),
    "huge.jpg": (huge_jpeg(), "too_large", "the page has 60000 x 60000 pixels"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_one_line_and_an_error_record(name: str, folder: Path, digitscan: Run) -> None:
    data, code, cause = BAD_FILES[name]
    (folder / name).write_bytes(data)
    (folder / "last.png").write_bytes((folder / "good.png").read_bytes())
    read = digitscan("read", "good.png", name, "last.png")
    assert read.code == 3
    assert read.err.startswith(f"digitscan: {name}: {cause}") and read.err.count("\n") == 1
    assert list(read.documents) == ["good.png", name, "last.png"]
    error = read.documents[name]["error"]
    assert set(error) == {"code", "message"}
    assert error["code"] == code
    assert read.err == f"digitscan: {name}: {error['message']}\n"
    for other in ("good.png", "last.png"):
        assert read.documents[other]["error"] is None
        assert len(read.documents[other]["pages"][0]["fields"]) == len(GOOD)


def test_all_bad_files_of_a_folder_at_once_as_a_process(folder: Path) -> None:
    for name, (data, _, _) in BAD_FILES.items():
        (folder / name).write_bytes(data)
    read = run_process("read", ".", cwd=folder)
    assert read.code == 3
    assert {
        name: document["error"] and document["error"]["code"] for name, document in read.documents.items()
    } == {
        "good.png": None,
        **{name: code for name, (_, code, _) in BAD_FILES.items()},
    }
    lines = read.err.splitlines()
    assert [line.split(": ")[1] for line in lines] == sorted(BAD_FILES)
    assert all(line.startswith("digitscan: ") for line in lines)


@pytest.mark.parametrize(
    ("source", "code", "cause"),
    [
        ("missing.png", "not_found", "no such file or folder"),
        ("missing/", "not_found", "no such file or folder"),
        ("*.jpeg", "not_found", "no file matches the pattern"),
        ("@missing.txt", "not_found", "no such file or folder"),
        ("empty", "no_images", "the folder has no images"),
        ("", "not_found", "the name is empty"),
    ],
)
def test_source_that_is_not_there(source: str, code: str, cause: str, folder: Path, digitscan: Run) -> None:
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").touch()
    read = digitscan("read", source, "good.png")
    assert read.code == 3
    assert read.err.startswith(f"digitscan: {source}: {cause}") and read.err.count("\n") == 1
    assert read.documents[source]["error"]["code"] == code
    assert read.documents[source]["pages"] == []
    assert len(read.documents["good.png"]["pages"]) == 1


def test_file_without_permission(folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "secret.png").write_bytes((folder / "good.png").read_bytes())
    really_open = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:  # permission bits do not stop root
        if path.name == "secret.png":
            raise PermissionError(13, "Permission denied")
        return really_open(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    read = digitscan("read", "secret.png", "good.png")
    assert read.code == 3
    assert read.err == "digitscan: secret.png: permission denied\n"
    assert read.documents["secret.png"]["error"] == {
        "code": "permission_denied",
        "message": "permission denied",
    }
    assert len(read.documents["good.png"]["pages"]) == 1


def test_page_over_max_megapixels(folder: Path, digitscan: Run) -> None:
    assert digitscan("read", "good.png", "--max-megapixels", 0.5).code == 0  # 900 x 520 pixels
    read = digitscan("read", "good.png", "--max-megapixels", 0.4)
    assert read.code == 3
    assert "digitscan: good.png: the page has 900 x 520 pixels" in read.err and "--max-megapixels" in read.err
    assert read.documents["good.png"]["error"]["code"] == "too_large"


def test_pages_beside_the_damage_are_kept(folder: Path, digitscan: Run) -> None:
    frames = [Image.new("L", (60, 40), shade) for shade in (255, 250)]
    data = encode(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    (folder / "two.tif").write_bytes(data[:-2000])
    read = digitscan("read", "two.tif")
    assert read.code == 3
    document = read.documents["two.tif"]
    assert document["error"]["code"] == "truncated"
    assert document["error"]["message"].startswith("page 2: ")
    whole, damaged = document["pages"]
    assert (whole["width"], whole["height"], "error" in whole) == (60, 40, False)
    assert (damaged["width"], damaged["height"], damaged["error"]["code"]) == (0, 0, "truncated")


def test_page_that_does_not_fit_its_template(
    folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = Image.open("good.png")
    (folder / "three.tif").write_bytes(encode(frame, "TIFF", save_all=True, append_images=[frame, frame]))
    (folder / "form.toml").write_text(HEAD + FIELD)
    really_read = Reader.read_page

    def read_page(reader: Reader, grey: Any, number: int = 1) -> PageResult:
        page = really_read(reader, grey, number)
        if number == 1:
            return page
        error = ErrorRecord(code="template_mismatch", message="does not fit")
        return page.model_copy(update={"fields": (), "error": error})

    monkeypatch.setattr(Reader, "read_page", read_page)
    asked = ("read", "three.tif", "good.png", "--template", "form.toml")
    read = digitscan(*asked)
    assert (read.code, read.err) == (3, "digitscan: three.tif: page 2: does not fit\n")
    assert read.documents["good.png"]["error"] is None
    three = read.documents["three.tif"]
    assert three["error"] == {"code": "template_mismatch", "message": "page 2: does not fit"}
    assert [(len(page["fields"]), "error" in page) for page in three["pages"]] == [
        (1, False),
        (0, True),
        (0, True),
    ]
    assert three["pages"][1]["error"] == {"code": "template_mismatch", "message": "does not fit"}
    rows = digitscan(*asked, "--format", "csv").out.splitlines()[1:]
    assert [row[: row.index(",one,")] for row in rows] == ["three.tif,1", "good.png,1"]
    assert digitscan(*asked, "--format", "table").out.splitlines()[4:] == [
        "error: three.tif: page 2: does not fit",
        "error: three.tif: page 3: does not fit",
    ]
    assert digitscan(*asked, "--quiet").err == ""


def test_no_source_could_be_read_in_every_format(folder: Path, digitscan: Run) -> None:
    expected = {
        "csv": "source,page,field,text,confidence,status,x,y,width,height\n",
        "jsonl": '{"schema":"digitscan/1","source":"no.png","pages":[],'
        '"error":{"code":"not_found","message":"no such file or folder"}}\n',
        "table": "error: no.png: no such file or folder\n",
    }
    for kind, out in expected.items():
        read = digitscan("read", "no.png", "--format", kind)
        assert (read.code, read.out) == (3, out)
        assert read.err == "digitscan: no.png: no such file or folder\n"


def test_name_with_a_line_end_stays_on_one_line(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "a\nb\x1b31m.png")
    assert read.code == 3
    assert read.err == "digitscan: a\\nb\\x1b31m.png: no such file or folder\n"
    assert list(read.documents) == ["a\nb\x1b31m.png"]


def test_name_that_is_not_utf8(folder: Path) -> None:
    read = run_process("read", b"caf\xe9.png".decode(errors="surrogateescape"), cwd=folder, PYTHONUTF8="1")
    assert read.code == 3
    assert read.err == "digitscan: caf\\udce9.png: no such file or folder\n"
    assert list(read.documents) == ["caf\\udce9.png"]


# Models


def copy_model(folder: Path) -> Path:
    model = folder / "model"
    model.mkdir()
    for file in default_model().iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    return model


def change_card(model: Path, change: Callable[[dict[str, Any]], object]) -> None:
    card = json.loads((model / "model.json").read_text())
    change(card)
    (model / "model.json").write_text(json.dumps(card))


def replace_network(model: Path, data: bytes) -> None:
    """Another network, with its checksum on the card."""
    (model / "model.tflite").write_bytes(data)
    change_card(model, lambda card: card["sha256"].update({"model.tflite": hashlib.sha256(data).hexdigest()}))


BROKEN_MODELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no card": (lambda model: (model / "model.json").unlink(), "model: cannot read model.json: No such file"),
    "card is no JSON": (lambda model: (model / "model.json").write_text("{"), "model/model.json: file: "),
    "card is not UTF-8": (
        lambda model: (model / "model.json").write_bytes(b'{"name": "\xff"}'),
        "model/model.json: ",
    ),
    "card lacks a key": (
        lambda model: change_card(model, lambda card: card.pop("recipe")),
        "model/model.json: recipe: Field required",
    ),
    "card has an unknown key": (
        lambda model: change_card(model, lambda card: card.update(colour="red")),
        "model/model.json: colour: ",
    ),
    "classes are no digits": (
        lambda model: change_card(model, lambda card: card.update(classes=list("abcdefghij"))),
        "model/model.json: classes: the first ten must be the digits",
    ),
    "class too many": (
        lambda model: change_card(model, lambda card: card["classes"].append("letter")),
        "model/model.tflite: takes ",
    ),
    "slope is not positive": (
        lambda model: change_card(model, lambda card: card.update(calibration={"slope": 0})),
        "model/model.json: calibration.slope: ",
    ),
    "no network": (lambda model: (model / "model.tflite").unlink(), "model: model.tflite is missing"),
    "other network": (
        lambda model: (model / "model.tflite").write_bytes(b"x"),
        "model/model.tflite: is not the file that model.json describes",
    ),
    "network is none": (
        lambda model: replace_network(model, b"x" * 100),
        "model/model.tflite: not a LiteRT model",
    ),
    "network is cut short": (
        lambda model: replace_network(model, (model / "model.tflite").read_bytes()[:5000]),
        "model/model.tflite: not a LiteRT model",
    ),
}


@pytest.mark.parametrize("name", BROKEN_MODELS)
def test_broken_model(name: str, folder: Path, digitscan: Run) -> None:
    damage, cause = BROKEN_MODELS[name]
    damage(copy_model(folder))
    read = digitscan("read", "good.png", "--model", "model")
    assert (read.code, read.out) == (4, "")
    assert read.err.startswith(f"digitscan: {cause}") and read.err.count("\n") == 1


def test_model_that_is_no_directory(folder: Path, digitscan: Run) -> None:
    for model in ("missing", "good.png"):
        read = digitscan("read", "good.png", "--model", model)
        assert (read.code, read.out, read.err) == (4, "", f"digitscan: {model}: no such model directory\n")


def test_copied_model_works(folder: Path, digitscan: Run) -> None:
    copy_model(folder)
    same = digitscan("read", "good.png")
    assert digitscan("read", "good.png", "--model", "model") == same
    assert same.code == 0


# Templates

FIELD = '[[fields]]\nname = "one"\nbox = [384, 134, 432, 78]\n'
HEAD = 'name = "slip"\n[page]\nwidth = 900\nheight = 520\n'
BAD_TEMPLATES = {
    "unknown key": (HEAD + FIELD + "colour = 3\n", "field 'one': colour: unknown key"),
    "unknown key of the form": ("colour = 3\n" + HEAD + FIELD, "colour: unknown key"),
    "missing key": (HEAD + '[[fields]]\nname = "one"\n', "field 'one': box: Field required"),
    "wrong kind": (HEAD + FIELD + 'length = "5"\n', "field 'one': length: "),
    "overlapping boxes": (
        HEAD + FIELD + FIELD.replace("one", "two"),
        "field 'two': box: overlaps that of field 'one'",
    ),
    "box outside": (
        HEAD + FIELD.replace("384", "884"),
        "field 'one': box: [884, 134, 432, 78] lies outside the page of 900 x 520 pixels",
    ),
    "box without width": (
        HEAD + FIELD.replace("432", "0"),
        "field 'one': box: width and height must be positive",
    ),
    "name used twice": (HEAD + FIELD + FIELD.replace("134", "254"), "field 'one': name: is used twice"),
    "bad pattern": (
        HEAD + FIELD + "pattern = '4(\\d'\n",
        "field 'one': pattern: is not a regular expression",
    ),
    "bad TOML": (HEAD + "[[fields]\n", "is not valid TOML: "),
    "not UTF-8": (HEAD + "# caf\udce9\n" + FIELD, "is not UTF-8 text"),
    "no fields": ("fields = []\n" + HEAD, "fields: List should have at least 1 item"),
    "empty": ("", "name: Field required"),
    "key with a line end": (HEAD + FIELD + '"a\\nb" = 1\n', "field 'one': a\\nb: unknown key"),
}


@pytest.mark.parametrize("name", BAD_TEMPLATES)
def test_bad_template(name: str, folder: Path, digitscan: Run) -> None:
    text, cause = BAD_TEMPLATES[name]
    (folder / "form.toml").write_text(text, encoding="utf-8", errors="surrogateescape")
    read = digitscan("read", "good.png", "--template", "form.toml")
    assert (read.code, read.out) == (4, "")
    assert read.err.startswith(f"digitscan: form.toml: {cause}") and read.err.count("\n") == 1


def test_template_without_those_mistakes_is_read(folder: Path, digitscan: Run) -> None:
    (folder / "form.toml").write_text(HEAD + FIELD + "length = 5\npattern = '\\d+'\n")
    read = digitscan("read", "good.png", "--template", "form.toml")
    assert (read.code, read.err) == (0, "")
    assert [field["name"] for field in read.documents["good.png"]["pages"][0]["fields"]] == ["one"]


def test_missing_template(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "--template", "missing.toml")
    assert (read.code, read.out) == (4, "")
    assert read.err == "digitscan: missing.toml: no such file or directory\n"


# Usage


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["read"], "Missing argument 'SOURCE'"),
        (["read", "good.png", "--colour"], "No such option: --colour"),
        (["read", "good.png", "--layout", "spiral"], "Invalid value for '--layout'"),
        (["read", "good.png", "--format", "xml"], "Invalid value for '--format'"),
        (["read", "good.png", "--review-below", "2"], "Invalid value for '--review-below'"),
        (["read", "good.png", "--review-below", "-0.1"], "Invalid value for '--review-below'"),
        (["read", "good.png", "--review-below", "high"], "Invalid value for '--review-below'"),
        (["read", "good.png", "--dpi", "0"], "Invalid value for '--dpi'"),
        (["read", "good.png", "--max-megapixels", "0"], "Invalid value for '--max-megapixels'"),
        (["read", "good.png", "--model"], "Option '--model' requires an argument"),
        (["scan"], "No such command 'scan'"),
        (["--colour"], "No such option: --colour"),
        (["train"], "Missing option '-o' / '--output'"),
    ],
)
def test_wrong_usage(arguments: list[str], cause: str, folder: Path, digitscan: Run) -> None:
    used = digitscan(*arguments)
    assert (used.code, used.out) == (2, "")
    *_, last = used.err.splitlines()
    assert last.startswith(f"Error: {cause}")


WIDE = ("--wide", "--template", "form.toml")


@pytest.mark.parametrize(
    ("arguments", "name", "cause"),
    [
        (("--wide",), "one", "--wide needs a --template, whose fields become columns"),
        (("--wide", "--format", "csv"), "one", "--wide needs a --template, whose fields become columns"),
        (WIDE, "one", "--wide is for CSV, not json: use --format csv"),
        ((*WIDE, "--format", "table"), "one", "--wide is for CSV, not table: use --format csv"),
        ((*WIDE, "-o", "out.jsonl"), "one", "--wide is for CSV, not jsonl: use --format csv"),
        ((*WIDE, "-o", "out.csv"), "page", "--wide: field 'page': there is a column 'page' already"),
    ],
)
def test_wide_that_cannot_be(
    arguments: tuple[str, ...],
    name: str,
    cause: str,
    folder: Path,
    digitscan: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Reader, "read_page", lambda *_: pytest.fail("a page was read"))
    (folder / "form.toml").write_text(HEAD + FIELD.replace("one", name))
    before = sorted(folder.iterdir())
    read = digitscan("read", "good.png", *arguments)
    assert (read.code, read.out, read.err) == (2, "", f"digitscan: {cause}\n")
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("output", "cause"), [("out.xml", "the suffix .xml is unknown"), ("out", "it has no suffix")]
)
def test_output_of_no_known_format(output: str, cause: str, folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "-o", output)
    assert (read.code, read.out) == (2, "")
    assert read.err.startswith(f"digitscan: no format for {output}: {cause}") and read.err.count("\n") == 1
    assert not (folder / output).exists()


def test_output_in_no_folder(folder: Path, digitscan: Run) -> None:
    read = digitscan("read", "good.png", "-o", "no/out.csv")
    assert (read.code, read.out) == (70, "")
    assert read.err.startswith("digitscan: cannot write no/out.csv: the folder") and read.err.count("\n") == 1


def test_nothing_asked_shows_the_commands(digitscan: Run) -> None:
    shown = digitscan()
    assert shown.code == 2
    assert "read" in shown.out + shown.err and "train" in shown.out + shown.err


# Mistakes of our own


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (
            RuntimeError("two\nlines  of it"),
            "internal_error",
            "internal error: RuntimeError: two lines of it",
        ),
        (ZeroDivisionError(), "internal_error", "internal error: ZeroDivisionError: no message"),
        (EOFError("end"), "internal_error", "internal error: EOFError: end"),
        (MemoryError(), "out_of_memory", "there is not enough memory to read it"),
    ],
)
def test_internal_error_costs_one_page(
    error: Exception, code: str, line: str, folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_read = Reader.read_page

    def fail_at_first(reader: Reader, grey: Any, number: int = 1) -> PageResult:
        monkeypatch.setattr(Reader, "read_page", really_read)
        raise error

    (folder / "other.png").write_bytes((folder / "good.png").read_bytes())
    monkeypatch.setattr(Reader, "read_page", fail_at_first)
    read = digitscan("read", "good.png", "other.png")
    assert (read.code, read.err) == (3, f"digitscan: good.png: {line}\n")
    assert read.documents["good.png"] == {
        "source": "good.png",
        "pages": [],
        "error": {"code": code, "message": line},
    }
    assert read.documents["other.png"]["error"] is None


def test_internal_error_of_the_run(folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines  of it")

    (folder / "out.json").write_text("old")
    monkeypatch.setattr("digitscan.run.run", fail)
    read = digitscan("read", "good.png", "-o", "out.json")
    line = "digitscan: internal error: RuntimeError: two lines of it\n"
    assert (read.code, read.out, read.err) == (70, "", line)
    assert (folder / "out.json").read_text() == "old"
    assert sorted(path.name for path in folder.iterdir()) == ["good.png", "out.json"]


def test_stdin_that_cannot_be_read(folder: Path, digitscan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Broken()))
    read = digitscan("read", "-", "good.png")
    assert read.code == 3
    assert read.err == "digitscan: -: cannot be read: input/output error\n"
    assert len(read.documents["good.png"]["pages"]) == 1
