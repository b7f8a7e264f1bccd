"""Names of cells and columns, as a spreadsheet shows them."""

from functools import cache


@cache
def letters(index: int) -> str:
    """Return the name of a column: 0 is A, 25 is Z, 26 is AA."""
    before, last = divmod(index, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)


@cache
def index_of(name: str) -> int:
    """Return the place of a column by its name: A is 0."""
    index = 0
    for letter in name:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
