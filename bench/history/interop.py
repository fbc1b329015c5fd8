"""Parquet files by pyarrow in every codec, encoding, page version and null pattern, for interop.ts to read.

    python bench/history/interop.py DIR

Each file holds the same rows (see `rows`), so that what is read can be checked without this script. Names say what
is in a file: codec, encoding, page version, pattern of nulls.
"""

import itertools
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 5_000
START_MS = 1_772_323_200_000  # 2026-03-01T00:00:00Z
CODECS = ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]
NULLS = {
    "no-nulls": lambda i: False,
    "some-nulls": lambda i: i % 10 == 0,
    "null-runs": lambda i: (i // 700) % 2 == 0,
    "one-value": lambda i: i != ROWS // 2,
    "all-null": lambda i: True,
}
# Of time, node and the four loads; None: a dictionary where it pays.
ENCODINGS = {
    "dictionary": None,
    "plain": {},
    "delta": {"time": "DELTA_BINARY_PACKED", "node": "DELTA_BYTE_ARRAY"},
    "delta-length": {"time": "DELTA_BINARY_PACKED", "node": "DELTA_LENGTH_BYTE_ARRAY"},
    "byte-stream-split": {r: "BYTE_STREAM_SPLIT" for r in ("cpu", "memory", "gpu", "network")},
}


def rows(is_null):
    """Row i: minute i, node i mod 20; cpu i/7, memory i, gpu i mod 4, network i * 1000, each null where is_null(i)."""

    def column(value):
        return pa.array([None if is_null(i) else value(i) for i in range(ROWS)], pa.float64())

    return pa.table(
        {
            "time": pa.array([START_MS + i * 60_000 for i in range(ROWS)], pa.timestamp("ms", "UTC")),
            "node": [f"node-{i % 20}" for i in range(ROWS)],
            "cpu": column(lambda i: i / 7),
            "memory": column(float),
            "gpu": column(lambda i: float(i % 4)),
            "network": column(lambda i: i * 1000.0),
        }
    )


def write(folder, name, table, **options):
    pq.write_table(table, folder / f"{name}.parquet", row_group_size=2_000, data_page_size=8_192, **options)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    tables = {name: rows(is_null) for name, is_null in NULLS.items()}
    for codec, (encoding, columns), page, nulls in itertools.product(
        CODECS, ENCODINGS.items(), ("1.0", "2.0"), NULLS
    ):
        options = {"use_dictionary": True} if columns is None else {"use_dictionary": False}
        if columns:
            options["column_encoding"] = columns
        name = f"{codec}_{encoding}_v{page[0]}_{nulls}"
        write(folder, name, tables[nulls], compression=codec, data_page_version=page, **options)
    table = tables["some-nulls"]
    for unit in ("us", "ns"):
        times = table.column("time").cast(pa.timestamp(unit, "UTC"))
        write(folder, f"types_time-{unit}", table.set_column(0, "time", times))
    write(folder, "types_time-int96", table, use_deprecated_int96_timestamps=True)
    local = table.column("time").cast(pa.timestamp("ms"))
    write(folder, "types_time-without-zone", table.set_column(0, "time", local))
    write(folder, "types_node-large-string", table.set_column(1, "node", table.column("node").cast(pa.large_string())))
    write(folder, "types_node-dictionary", table.set_column(1, "node", table.column("node").dictionary_encode()))
    write(folder, "types_statistics-none", table, write_statistics=False)
    write(folder, "types_page-index", table, write_page_index=True)
    write(folder, "types_page-checksum", table, write_page_checksum=True)
    write(folder, "types_version-1.0", table, version="1.0")
    print(f"{len(list(folder.glob('*.parquet')))} files by pyarrow {pa.__version__} in {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]))
