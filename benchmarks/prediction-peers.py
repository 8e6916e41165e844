#!/usr/bin/env python3
"""XGBoost's predictions on one thread, on demand, for benchmarks/prediction-speed.ts.

    python3 prediction-peers.py FOLDER COLUMNS

FOLDER holds arrays of doubles: training.bin (rows of COLUMNS numbers), labels.bin (0 or 1 for each), rows.bin (the rows to predict).
Fits 100 trees of at most 31 leaves and 6 levels, then prints one JSON line about itself; after that, for each line of the standard
input that names one of the ways below, one JSON line with the milliseconds that all of rows.bin took, on the clock and of the processor.

    inplace64  Booster.inplace_predict on a C-ordered array of doubles
    inplace32  the same on an array of floats, XGBoost's own type
    dmatrix    the making of a DMatrix from that array of floats, and Booster.predict
    predict    Booster.predict alone, on a DMatrix that was made before (a new one each time: predictions of one are remembered)

Needs Debian's python3-xgboost.
"""
import json
import sys
import time

import numpy as np
import xgboost

THREADS = 1


def main():
    folder, columns = sys.argv[1], int(sys.argv[2])
    read = lambda name: np.fromfile(f"{folder}/{name}.bin", dtype="<f8")
    doubles = read("rows").reshape(-1, columns)
    floats = doubles.astype(np.float32)
    model = xgboost.XGBClassifier(n_estimators=100, max_leaves=31, max_depth=6, grow_policy="lossguide", learning_rate=0.1,
                                  tree_method="hist", n_jobs=THREADS)
    model.fit(read("training").reshape(-1, columns), read("labels").astype(int))
    booster = model.get_booster()
    booster.set_param({"nthread": THREADS})
    matrix = lambda: xgboost.DMatrix(floats, nthread=THREADS)
    made = None
    ways = {
        "inplace64": lambda: booster.inplace_predict(doubles),
        "inplace32": lambda: booster.inplace_predict(floats),
        "dmatrix": lambda: booster.predict(matrix()),
        "predict": lambda: booster.predict(made),
    }
    leaves = sum(line.count("leaf=") for line in booster.get_dump()) / 100
    print(json.dumps({"version": xgboost.__version__, "leaves": leaves,
                      "predicted": (booster.inplace_predict(doubles) > 0.5).astype(int).sum().item()}), flush=True)
    for line in sys.stdin:
        made = matrix() if line.strip() == "predict" else None
        predict = ways[line.strip()]
        start, used = time.perf_counter(), time.process_time()
        predict()
        print(json.dumps({"clock": 1000 * (time.perf_counter() - start), "processor": 1000 * (time.process_time() - used)}), flush=True)


if __name__ == "__main__":
    main()
