"""Use a step as a dictionary key: steps with the same text compile to the same kernel."""

from typing import Any

from ...step import Step


class StepKey:
    """A key that is equal for steps that differ only in the values of parameters and tables."""

    def __init__(self, step: Step) -> None:
        self.step = step
        self.parts: tuple[Any, ...] = (
            step.state,
            step.update,
            step.visible,
            step.assignments,
            tuple(step.noise.items()),
            tuple(step.parameters),
            tuple(step.tables),
            step.training_set,
            step.ended,
            step.counted,
        )
        self.hash = hash(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StepKey) and self.parts == other.parts

    def __hash__(self) -> int:
        return self.hash

    def text(self) -> str:
        """Return the key as text, for a cache that outlives the process."""
        return "\n".join(map(str, self.parts))
