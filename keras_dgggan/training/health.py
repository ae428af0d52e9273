"""Warnings of exploding or collapsing critics and of colour drift, each given once."""

from collections.abc import Callable, Mapping

# Logged rows at the start of a run that say nothing yet: fresh critics have wild gradients.
_SETTLING = 3
# Rows in a row by which a sign is no accident.
_PERSISTENT = 5


class Health:
    """Looks at the logged numbers and the validation scores as they come.

    Args:
        report: Called with a line at the first sight of each sign.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report
        self._said: set[str] = set()
        self._rows = 0
        self._blind: dict[str, int] = {}
        self._best_color: float | None = None

    def logged(self, values: Mapping[str, float], step: int) -> None:
        """Look at a row of the log: means over some steps."""
        self._rows += 1
        for critic in ("image", "gradient"):
            estimate = values.get(f"{critic}_critic_wasserstein")
            if estimate is None or self._rows <= _SETTLING:
                continue
            penalty = values[f"{critic}_critic_penalty"]
            if penalty > 10 or abs(estimate) > 1000:
                self._say(
                    f"{critic} critic explodes",
                    f"step {step}: the {critic} critic explodes (Wasserstein estimate "
                    f"{estimate:.3g}, gradient penalty {penalty:.3g}; below 1 is usual): lower "
                    "critic_optimizer.learning_rate, or raise critic.gradient_penalty",
                )
            self._blind[critic] = self._blind.get(critic, 0) + 1 if estimate <= 0 else 0
            if self._blind[critic] == _PERSISTENT:
                self._say(
                    f"{critic} critic collapses",
                    f"step {step}: the {critic} critic has not told HR from SR for "
                    f"{_PERSISTENT} logged rows (Wasserstein estimate {estimate:.3g}), and its "
                    "adversarial term teaches nothing: raise critic.n_critic or "
                    "critic_optimizer.learning_rate",
                )

    def validated(self, color_error: float, step: int) -> None:
        """Look at the mean colour error of a validation."""
        best = self._best_color
        self._best_color = color_error if best is None else min(best, color_error)
        if best is not None and color_error > max(2.0, 3.0 * best):
            self._say(
                "colour drift",
                f"step {step}: colours drift: areas are off by {color_error:.1f} levels of 255, "
                f"and were by {best:.1f} at best: lower loss.adversarial, or raise loss.pixel",
            )

    def _say(self, sign: str, line: str) -> None:
        if sign not in self._said:
            self._said.add(sign)
            self.report(line)
