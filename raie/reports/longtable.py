"""Tables of thousands of lines, which would take half a minute to draw."""

from collections.abc import Iterator, Sequence

GAP = "  "


def table_lines(
    header: Sequence[str], columns: Sequence[Sequence[str]], *, right: Sequence[bool]
) -> Iterator[str]:
    """Header, a rule, and one line per row, in columns without a frame.

    Parameters
    ----------
    header : sequence of str
    columns : sequence of sequence of str
        Cells of each column, all of one length.
    right : sequence of bool
        Which columns stand to the right.
    """
    padded = [
        _padded([name, *cells], to_the_right)
        for name, cells, to_the_right in zip(header, columns, right, strict=True)
    ]
    for number, cells in enumerate(zip(*padded, strict=True)):
        yield GAP.join(cells).rstrip()
        if number == 0:
            yield GAP.join("-" * len(cell) for cell in cells)


def _padded(cells: list[str], to_the_right: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.rjust(width) if to_the_right else cell.ljust(width) for cell in cells]
