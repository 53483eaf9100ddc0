"""How much a file may hold. What is more is refused before it fills the memory."""

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 200
MOST_CELLS = 1_000_000
MOST_LINES = 200_000  # of a text or a sheet: line breaks inside cells are usual, ten a row are not
