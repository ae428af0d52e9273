"""`PieceFolder`: the encoded pieces of a video, each whole on the disk."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from keras_dgggan.errors import UsageError
from keras_dgggan.files import atomic_path, atomic_write_text, naming_output

_SETTINGS = "settings.json"


@dataclass(frozen=True)
class Packet:
    """One encoded frame: its time stamp in ticks, whether it is a key frame, and its bytes."""

    time: int
    key: bool
    data: bytes


@dataclass(frozen=True)
class Piece:
    """A piece that begins with a key frame and needs no other.

    Attributes:
        packets: `[time, key, size]` of each, in the order in which they are decoded.
        end: When the last frame ends, in ticks.
    """

    packets: list[tuple[int, bool, int]]
    end: int


class PieceFolder:
    """A folder beside the output with the pieces that are done.

    Args:
        folder: Made where it is missing.
        settings: All that the pieces depend on. Pieces of other settings are not gone on from.
        anew: Remove what is there of another run.

    Attributes:
        done: The pieces that are done.
        frames: How many frames they hold.
        size: Their bytes.

    Raises:
        UsageError: The folder holds pieces of another run.
        OutputError: It cannot be written.
    """

    def __init__(self, folder: Path, settings: dict[str, object], *, anew: bool = False) -> None:
        self.folder = folder
        # As they are read again.
        settings = json.loads(json.dumps(settings, default=str))
        with naming_output(folder):
            if folder.exists() and (theirs := self._settings()) != settings:
                if not anew and theirs is not None:
                    raise UsageError(_conflict(folder, theirs, settings))
                shutil.rmtree(folder)
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / _SETTINGS).exists():
                atomic_write_text(folder / _SETTINGS, json.dumps(settings, indent=1))
        self.done: list[Piece] = []
        self.frames = self.size = 0
        while (found := self._read(len(self.done))) is not None:
            self._count(found)

    def add(self, packets: list[Packet], end: int) -> None:
        """Write one more piece; it counts once it is whole on the disk."""
        number = len(self.done)
        piece = Piece([(each.time, each.key, len(each.data)) for each in packets], end)
        with atomic_path(self._path(number, "bin")) as temporary:
            self._written(temporary, packets)
        # Last: what it names is there.
        atomic_write_text(self._path(number, "json"), json.dumps(asdict(piece)))
        self._count(piece)

    def packets(self) -> Iterator[Packet]:
        """The packets of all pieces in order."""
        for number, piece in enumerate(self.done):
            with self._path(number, "bin").open("rb") as file:
                for time, key, size in piece.packets:
                    yield Packet(time, key, file.read(size))

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _count(self, piece: Piece) -> None:
        self.done.append(piece)
        self.frames += len(piece.packets)
        self.size += sum(size for _, _, size in piece.packets)

    def _written(self, path: Path, packets: list[Packet]) -> None:
        with path.open("wb") as file:
            file.writelines(each.data for each in packets)

    def _path(self, number: int, suffix: str) -> Path:
        return self.folder / f"{number:06}.{suffix}"

    def _settings(self) -> dict[str, object] | None:
        try:
            return json.loads((self.folder / _SETTINGS).read_text())
        except (OSError, ValueError):
            return None

    def _read(self, number: int) -> Piece | None:
        try:
            record = json.loads(self._path(number, "json").read_text())
            piece = Piece([tuple(each) for each in record["packets"]], record["end"])
            size = self._path(number, "bin").stat().st_size
        except (OSError, ValueError, KeyError):
            return None
        return piece if size == sum(each[2] for each in piece.packets) else None


def _conflict(folder: Path, theirs: dict[str, object], ours: dict[str, object]) -> str:
    differing = [name for name in ours if theirs.get(name) != ours[name]]
    told = ", ".join(f"{name} {theirs.get(name)} there, {ours[name]} now" for name in differing)
    return (
        f"'{folder}' holds the beginning of another run ({told or 'of another version'}): "
        "give that run's options to go on with it, pass --overwrite to begin anew, or name "
        "another output"
    )
