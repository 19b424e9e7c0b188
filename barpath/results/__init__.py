"""Reading and writing the files of an analysis.

The names, columns and keys here are what other people's scripts rely on; they are described in
``schema/analysis.schema.json``.
"""

from barpath.results.layout import (
    DOCUMENT,
    PATH_COLUMNS,
    PATH_CSV,
    PHASE_NAMES,
    REPS_CSV,
    SCHEMA_ID,
)
from barpath.results.reading import parse_analysis, read_analysis
from barpath.results.writing import (
    REPS_COLUMNS,
    document,
    write_document,
    write_path_csv,
    write_reps_csv,
    write_tables,
)

__all__ = [
    "DOCUMENT",
    "PATH_COLUMNS",
    "PATH_CSV",
    "PHASE_NAMES",
    "REPS_COLUMNS",
    "REPS_CSV",
    "SCHEMA_ID",
    "document",
    "parse_analysis",
    "read_analysis",
    "write_document",
    "write_path_csv",
    "write_reps_csv",
    "write_tables",
]
