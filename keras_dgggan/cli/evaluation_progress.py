"""Evaluation on the command line: test set by test set, with a progress bar."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from keras_dgggan.evaluation.measures import Protocol
from keras_dgggan.evaluation.methods import Method
from keras_dgggan.evaluation.run import SetResult, evaluate
from keras_dgggan.evaluation.test_set import TestSet


def evaluate_all(
    sets: Sequence[TestSet],
    methods: Sequence[Method],
    measures: Sequence[str],
    protocol: Protocol,
    save_images: Path | None = None,
) -> list[SetResult]:
    """`evaluate` on each of the test sets; the bar is drawn on terminals only."""
    results = []
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for test_set in sets:
            task = progress.add_task(test_set.name, total=len(test_set.images) * len(methods))
            results.append(
                evaluate(
                    test_set,
                    methods,
                    measures,
                    protocol,
                    save_images=save_images,
                    report=lambda task=task: progress.advance(task),  # type: ignore[misc]
                )
            )
    return results
