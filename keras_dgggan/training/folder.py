"""A run's folder: whose it is, and whether to go on in it."""

from pathlib import Path

from rich.console import Console

from keras_dgggan.errors import UsageError
from keras_dgggan.files import atomic_write_text
from keras_dgggan.recipe import Recipe, load_recipe, recipe_differences, recipe_text


class RunFolder:
    """Where a run keeps everything.

    Args:
        path: The folder; made when claimed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.yaml"

    def claim(
        self,
        recipe: Recipe,
        *,
        fresh: bool,
        must_resume: bool,
        allow_changes: bool,
        console: Console,
    ) -> None:
        """Make the folder this recipe's, and write the resolved recipe into it.

        Raises:
            UsageError: It holds a run of another recipe, or something that is no run.
        """
        has_run = self.recipe_file.is_file()
        if must_resume and not has_run:
            raise UsageError(f"nothing to resume: there is no run in {str(self.path)!r}")
        if not has_run and self._is_something_else():
            raise UsageError(
                f"{str(self.path)!r} exists and is not the folder of a run: choose another with "
                "--run-dir"
            )
        if has_run and fresh:
            console.print(f"the earlier run is kept as {self._put_aside()}", highlight=False)
        elif has_run:
            self._compare(recipe, allow_changes, console)
        self.path.mkdir(parents=True, exist_ok=True)
        atomic_write_text(self.recipe_file, recipe_text(recipe))

    def _is_something_else(self) -> bool:
        return self.path.is_file() or (self.path.is_dir() and any(self.path.iterdir()))

    def _compare(self, recipe: Recipe, allow_changes: bool, console: Console) -> None:
        old = load_recipe(self.recipe_file, check_paths=False)
        differences = recipe_differences(old, recipe)
        if not differences:
            return
        changes = "\n".join(f"  {line}" for line in differences)
        if not allow_changes:
            raise UsageError(
                f"the run in {str(self.path)!r} was made with another recipe:\n{changes}\n"
                "--allow-changes goes on with the new one, --fresh starts anew, --run-dir chooses "
                "another folder"
            )
        console.print(f"going on with a changed recipe:\n{changes}", highlight=False)

    def _put_aside(self) -> Path:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.old-{number}")).exists():
            number += 1
        self.path.rename(aside)
        return aside
