"""Reads a history of the operator's layout with pyarrow or DuckDB, in one thread, and prints what it took as JSON.

    python bench/history/scale.py pyarrow|duckdb read|last-day DIR FROM_MS
"""

import json
import resource
import sys
import time

COLUMNS = ["time", "node", "cpu", "memory", "gpu", "network"]


def with_pyarrow(what, folder, from_ms):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    table = ds.dataset(f"{folder}/samples", format="parquet", partitioning="hive").to_table(
        columns=COLUMNS,
        filter=ds.field("time") >= pa.scalar(from_ms, pa.timestamp("ms", "UTC")) if what == "last-day" else None,
        use_threads=False,
    )
    return table.num_rows, pc.sum(table["cpu"]).as_py()


def with_duckdb(what, folder, from_ms):
    import duckdb
    import pyarrow.compute as pc

    connection = duckdb.connect(config={"threads": 1})
    where = f"where epoch_ms(time) >= {from_ms}" if what == "last-day" else ""
    columns = ", ".join(COLUMNS)
    table = connection.sql(f"select {columns} from '{folder}/samples/*/*.parquet' {where}").fetch_arrow_table()
    return table.num_rows, pc.sum(table["cpu"]).as_py()


def main(tool, what, folder, from_ms):
    started = time.perf_counter()
    rows, total = {"pyarrow": with_pyarrow, "duckdb": with_duckdb}[tool](what, folder, int(from_ms))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "rows": rows,
                "cpuSum": total,
                "wallSeconds": time.perf_counter() - started,
                "cpuSeconds": usage.ru_utime + usage.ru_stime,
                "peakBytes": usage.ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
