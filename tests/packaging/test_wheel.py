"""What users install: the wheel, what it carries, and that it works away from the checkout."""

from __future__ import annotations

import configparser
import importlib.util
import json
import os
import subprocess
import sys
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from digitscan import __version__

ROOT = Path(__file__).parents[2]
SLIP = ROOT / "samples" / "white_on_black.png"
MODEL_FILES = {"model.keras", "model.tflite", "model.json", "transcriber.keras", "transcriber.tflite"}
TIMEOUT = 300

# Neither folder may be shadowed by a checkout that the environment of the tests names.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def call(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=ENVIRONMENT,
        timeout=TIMEOUT,
    )


def called(*command: object, cwd: Path) -> str:
    done = call(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def bare_environment(folder: Path) -> Path:
    """A new virtual environment that finds the packages of this one, except those that it brings itself.

    Returns:
        Its interpreter.
    """
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(
        called(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    # Folders that a .pth file adds come last; their own .pth files (an editable install's) are not read.
    shared = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (site / "shared.pth").write_text("\n".join(shared) + "\n")
    return python


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    isolation = [] if importlib.util.find_spec("hatchling") is None else ["--no-build-isolation"]
    called(sys.executable, "-m", "pip", "wheel", ROOT, "--no-deps", *isolation, "-w", folder, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment in which the wheel is installed."""
    folder = tmp_path_factory.mktemp("installed")
    python = bare_environment(folder)
    options = ("--no-deps", "--no-index", "--no-compile", "--ignore-installed")
    called(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=folder)
    return python


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interpreter of an environment with the dependencies and without this package."""
    folder = tmp_path_factory.mktemp("bare")
    python = bare_environment(folder)
    # An editable install may leave the model's folder, which can be imported, but no code.
    missing = call(python, "-c", "import digitscan.cli", cwd=folder)
    assert "ModuleNotFoundError: No module named 'digitscan" in missing.stderr
    return python


def texts(output: str) -> list[str]:
    (document,) = json.loads(output)["documents"]
    assert document["error"] is None
    return [field["text"] for page in document["pages"] for field in page["fields"]]


def test_wheel_carries_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        models = {name: archive.read(f"digitscan/models/default/{name}") for name in MODEL_FILES}
    information = f"digitscan-{__version__}.dist-info"
    assert {f"{information}/licenses/LICENSE", "digitscan/py.typed"} <= names
    assert {name for name in names if name.startswith("digitscan/models/")} == {
        f"digitscan/models/default/{name}" for name in MODEL_FILES
    }
    assert models == {name: (ROOT / "models" / "default" / name).read_bytes() for name in MODEL_FILES}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "digitscan").rglob("*.py")}
    assert {name for name in names if name.endswith(".py")} == modules
    assert {name.partition("/")[0] for name in names} == {"digitscan", information}


def test_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        information = f"digitscan-{__version__}.dist-info"
        metadata = Parser().parsestr(archive.read(f"{information}/METADATA").decode())
        scripts = configparser.ConfigParser()
        scripts.read_string(archive.read(f"{information}/entry_points.txt").decode())
    assert wheel.name == f"digitscan-{__version__}-py3-none-any.whl"
    assert (metadata["Name"], metadata["Version"]) == ("digitscan", __version__)
    assert metadata["License-Expression"] == "MIT"
    assert dict(scripts["console_scripts"]) == {"digitscan": "digitscan.cli:main"}
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert any(line.startswith("numpy") for line in needed)
    assert not [line for line in needed if line.startswith(("tensorflow", "keras", "mlxtend", "pillow"))]


def test_installed_wheel_reads(installed: Path, tmp_path: Path) -> None:
    home = installed.parent.parent
    place = Path(called(installed, "-c", "import digitscan; print(digitscan.__file__)", cwd=tmp_path).strip())
    assert place.is_relative_to(home)
    model = called(
        installed, "-c", "import digitscan.classifier as c; print(c.default_model())", cwd=tmp_path
    ).strip()
    assert Path(model).is_relative_to(home)
    script = installed.with_name("digitscan" + installed.suffix)
    assert called(script, "--version", cwd=tmp_path) == f"digitscan {__version__}\n"
    read = texts(called(script, "read", SLIP, cwd=tmp_path))
    assert len(read) == 3
    assert read == texts(called(installed, "-m", "digitscan", "read", SLIP, cwd=tmp_path))


def test_checkout_reads_without_installation(bare: Path) -> None:
    read = called(bare, "-m", "digitscan", "read", "samples/white_on_black.png", cwd=ROOT)
    assert len(texts(read)) == 3
    place = called(bare, "-c", "import digitscan; print(digitscan.__file__)", cwd=ROOT).strip()
    assert Path(place) == ROOT / "digitscan" / "__init__.py"


@pytest.mark.parametrize("missing", ["tensorflow", "keras"])
def test_training_without_its_libraries_says_how_to_get_them(missing: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules[{missing!r}] = None; from digitscan.cli import main; main()"
    trained = call(sys.executable, "-c", program, "train", "-o", "x", cwd=tmp_path)
    assert (trained.returncode, trained.stdout) == (2, "")
    assert (
        trained.stderr
        == "digitscan: training needs TensorFlow; install it with: pip install 'digitscan[train]'\n"
    )
    assert not list(tmp_path.iterdir())
