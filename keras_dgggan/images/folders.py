"""The image files of a folder, by their names."""

from collections.abc import Callable, Container, Iterator
from pathlib import Path

from keras_dgggan.images.formats import READABLE_SUFFIXES


def image_files(
    folder: Path,
    *,
    recursive: bool = False,
    outside: Path | None = None,
    unlisted: Callable[[Path, OSError], None] | None = None,
    suffixes: Container[str] = READABLE_SUFFIXES,
) -> Iterator[Path]:
    """What is named like an image in a folder, by name and without what is hidden.

    Args:
        folder: The folder. It is listed, never globbed: brackets in a name are plain characters.
        recursive: Look into sub-folders, but not through links, which may lead back.
        outside: A sub-folder to leave out.
        unlisted: Called with a folder that cannot be listed; by default the error is raised.
        suffixes: Endings in small letters that count as images.

    Examples:
        >>> Path("album/summer").mkdir(parents=True)
        >>> for name in ("b.png", "a.JPG", "notes.txt", ".hidden.png", "summer/c.webp"):
        ...     Path("album", name).touch()
        >>> [path.name for path in image_files(Path("album"), recursive=True)]
        ['a.JPG', 'b.png', 'c.webp']
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        if unlisted is None:
            raise
        unlisted(folder, error)
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir() and recursive:
            if not path.is_symlink() and (outside is None or path.resolve() != outside.resolve()):
                yield from image_files(
                    path, recursive=True, outside=outside, unlisted=unlisted, suffixes=suffixes
                )
        elif path.suffix.lower() in suffixes:
            yield path
