"""Tables that are Markdown, and aligned for reading as they are."""

from collections.abc import Sequence


def markdown_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int = 1
) -> str:
    """A Markdown table: the first columns of text to the left, numbers to the right.

    Example:
        >>> print(markdown_table(["set", "PSNR"], [["Set5", "28.43"]]))
        | set  |  PSNR |
        | :--- | ----: |
        | Set5 | 28.43 |
    """
    # A rule needs three dashes and its colon.
    widths = [max(4, *map(len, column)) for column in zip(header, *rows, strict=True)]
    rule = ["-" * (width - 1) for width in widths]
    rule = [f":{dashes}" if i < text_columns else f"{dashes}:" for i, dashes in enumerate(rule)]
    lines = []
    for cells in [header, rule, *rows]:
        padded = [
            cell.ljust(width) if i < text_columns else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append(f"| {' | '.join(padded)} |")
    return "\n".join(lines)
