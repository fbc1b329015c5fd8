"""CPU seconds that other forecasters take for a series, fit and forecast, as JSON.

    python bench/forecast/peers.py DIR STEPS prophet,mstl,autoets

DIR holds one Parquet file a node with the columns time, cpu, memory, gpu and network, five minutes a row. Forecasts are
of STEPS rows with an 80 % interval. Times are of this process and of those that it has started (Prophet fits in one).
"""

import json
import logging
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROWS_A_DAY = 288
RESOURCES = ["cpu", "memory", "gpu", "network"]


def prophet(times, load, steps):
    from prophet import Prophet

    model = Prophet(
        interval_width=0.8,
        uncertainty_samples=300,
        daily_seasonality=True,
        weekly_seasonality=True,
        yearly_seasonality=False,
    )
    model.fit(pd.DataFrame({"ds": times, "y": load}))
    return model.predict(model.make_future_dataframe(steps, freq="5min", include_history=False))


def mstl(_times, load, steps):
    from statsforecast.models import MSTL, AutoETS

    model = MSTL(season_length=ROWS_A_DAY, trend_forecaster=AutoETS(model="ZZN"))
    return model.forecast(y=load, h=steps, level=[80])


def autoets(_times, load, steps):
    from statsforecast.models import AutoETS

    return AutoETS(season_length=1).forecast(y=load, h=steps, level=[80])


MODELS = {"prophet": prophet, "mstl": mstl, "autoets": autoets}


def read_series(folder):
    for path in sorted(Path(folder).glob("*.parquet")):
        frame = pd.read_parquet(path)
        times = frame["time"].dt.tz_localize(None)
        for resource in RESOURCES:
            yield times, frame[resource].to_numpy(np.float64)


def cpu_seconds():
    return sum(os.times()[:4])


def main(folder, steps, names):
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    series = list(read_series(folder))
    results = []
    for name in names.split(","):
        forecast = MODELS[name]
        times, load = series[0]
        forecast(times[: 3 * ROWS_A_DAY], load[: 3 * ROWS_A_DAY], steps)  # imports and compilation are not counted
        before = cpu_seconds()
        for times, load in series:
            forecast(times, load, steps)
        each = (cpu_seconds() - before) / len(series)
        results.append({"model": name, "series": len(series), "cpuSecondsPerSeries": each})
    print(json.dumps(results))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
