"""A model as bytes, for machines that do not see the file it came from."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from keras_dgggan.presets import preset_file, preset_names
from keras_dgggan.pretrained.load import keras_file, load_generator
from keras_dgggan.pretrained.saved_model import version_folder


@dataclass(frozen=True)
class ModelFiles:
    """The files of a model, or the name of a preset, which every machine has.

    Attributes:
        name: As it was given.
        main: Which of the files `load_model` is to be given; a preset's name where there are none.
        files: Content by path; empty for a preset.
        digest: SHA-256 of the content.

    Examples:
        >>> ModelFiles.of("dgggan_x4_light").main
        'dgggan_x4_light'
    """

    name: str
    main: str
    files: dict[str, bytes]
    digest: str

    @classmethod
    def of(cls, name: str) -> "ModelFiles":
        """Read a model of any kind that `load_model` knows.

        Raises:
            UsageError: There is no such model.
        """
        if name in preset_names():
            return cls(name, name, {}, sha256(preset_file(name).read_bytes()).hexdigest())
        path = Path(name)
        file = keras_file(name)
        folder = None if file is not None else version_folder(path)
        if folder is not None:
            paths = sorted(each for each in folder.rglob("*") if each.is_file())
            found = {f"1/{each.relative_to(folder).as_posix()}": each for each in paths}
            main = "1"
        elif path.suffix == ".npz" and path.is_file():
            # A checkpoint's network is described by the recipe of its run.
            found = {f"run/checkpoints/{path.name}": path}
            recipe = path.parent.parent / "recipe.yaml"
            if recipe.is_file():
                found["run/recipe.yaml"] = recipe
            main = next(iter(found))
        else:
            if file is None and not path.is_file():
                load_generator(name)  # says what is wrong
            found = {(file or path).name: file or path}
            main = (file or path).name
        files = {inside: each.read_bytes() for inside, each in found.items()}
        sums = {inside: sha256(data).hexdigest() for inside, data in files.items()}
        digest = next(iter(sums.values()))
        if len(sums) > 1:
            digest = sha256(json.dumps(sums, sort_keys=True).encode()).hexdigest()
        return cls(name, main, files, digest)

    @property
    def bytes(self) -> int:
        """Their size together."""
        return sum(len(data) for data in self.files.values())

    def unpack(self, folder: str | Path) -> str:
        """Write the files into a folder, and return what `load_model` is to be given."""
        for inside, data in self.files.items():
            target = Path(folder, *PurePosixPath(inside).parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return str(Path(folder, self.main)) if self.files else self.main
