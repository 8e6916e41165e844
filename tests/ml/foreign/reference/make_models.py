#!/usr/bin/env python3
"""Trains models with the libraries that write them, and has them predict 10,000 rows each.

    python3 make_models.py xgboost     with XGBoost 1.7.4 and NumPy 1.24.2
    python3 make_models.py lightgbm    with LightGBM 4.7.0, pandas 3.0.6 and NumPy 2.4.6

Writes, beside itself, NAME.json or NAME.ubj (XGBoost) or NAME.txt (LightGBM), the model, and NAME.expected.json: the columns, from which
tests/ml/foreign/reference-rows.ts makes the same rows, and the predictions, float32, little-endian, gzipped, in base64.
"""

import base64
import gzip
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = 10_000
TRAINING_ROWS = 2_000

# The columns of all models: b has few different numbers, d and e are codes (of which the last one is never seen in training).
COLUMNS = [
    {"name": "a", "kind": "number", "missing": 2},
    {"name": "b", "kind": "integer", "missing": 1},
    {"name": "c", "kind": "number", "missing": 0},
    {"name": "d", "kind": "code", "missing": 2, "codes": 5},
    {"name": "e", "kind": "code", "missing": 0, "codes": 40},
    {"name": "unused", "kind": "integer", "missing": 8},
]
REFUSED = ["lgb-linear-tree", "lgb-square-root"]
TEXTS = {3: ["red", "green", "blue", "grey", "black"], 4: [f"shop {i}" for i in range(40)]}


def mixed(rows, salt):
    """Bits of 32-bit numbers, mixed: the same formula is in reference-rows.ts."""
    with np.errstate(over="ignore"):
        h = rows.astype(np.uint32) * np.uint32(0x9E3779B1) + np.uint32((salt * 0x85EBCA77 + 0xC2B2AE3D) & 0xFFFFFFFF)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0x2C1B3C6D)
        h ^= h >> np.uint32(12)
        h *= np.uint32(0x297A2D39)
        h ^= h >> np.uint32(15)
    return h


def make_rows(first, count, bounds, seen_only):
    rows = np.arange(first, first + count)
    columns = []
    for c, column in enumerate(COLUMNS):
        u, v = mixed(rows, 2 * c), mixed(rows, 2 * c + 1)
        if column["kind"] == "number":
            x = u.astype(np.float64) / 2**32 * 20 - 10
            ends = np.array(bounds.get(c, []), dtype=np.float64)
            if len(ends) > 0:
                x = np.where((v >> np.uint32(4)) % 2 == 0, ends[u % len(ends)], x)
        elif column["kind"] == "integer":
            x = (u % 11).astype(np.float64) - 5
        else:
            x = (u % (column["codes"] - (1 if seen_only else 0))).astype(np.float64)
        columns.append(np.where((v & np.uint32(15)) < column["missing"], np.nan, x))
    return np.column_stack(columns)


def float_bounds(thresholds):
    """Float32 thresholds, the floats beside them, the middles between those, and the doubles beside the middles."""
    bounds = []
    for t in np.unique(np.array(thresholds, dtype=np.float32))[:: max(1, len(set(thresholds)) // 12)]:
        before, after = np.nextafter(t, np.float32(-np.inf)), np.nextafter(t, np.float32(np.inf))
        bounds += [float(t), float(before), float(after)]
        for middle in ((float(before) + float(t)) / 2, (float(t) + float(after)) / 2):
            bounds += [middle, np.nextafter(middle, -np.inf), np.nextafter(middle, np.inf)]
    return [float(b) for b in bounds]


def double_bounds(thresholds):
    bounds = []
    for t in np.unique(np.array(thresholds))[:: max(1, len(set(thresholds)) // 12)]:
        bounds += [float(t), float(np.nextafter(t, -np.inf)), float(np.nextafter(t, np.inf))]
    return bounds


def target(x):
    """What is to be learned: a number of about -6 to 6."""
    a, b, c, d, e, _ = np.nan_to_num(x).T
    return 0.4 * a + 0.3 * b * (c > 1) + np.where(np.isin(d, [1, 3]), 1.5, -0.5) + np.where(e % 7 < 3, 1, 0) - 0.8 * np.isnan(x[:, 3])


def classes(y, count):
    return np.searchsorted(np.quantile(y, np.linspace(0, 1, count + 1)[1:-1]), y)


def packed(predictions):
    numbers = np.ascontiguousarray(predictions, dtype="<f4")
    return base64.b64encode(gzip.compress(numbers.tobytes(), 9, mtime=0)).decode()


def write_expected(name, bounds, predictions, **more):
    columns = [dict(column, bounds=bounds.get(c, [])) for c, column in enumerate(COLUMNS)]
    expected = {"rows": ROWS, "columns": columns, **more, "predictions": packed(predictions)}
    with open(os.path.join(HERE, f"{name}.expected.json"), "w") as file:
        json.dump(expected, file, indent=1)
        file.write("\n")


def make_xgboost():
    import xgboost as xgb

    x = make_rows(ROWS, TRAINING_ROWS, {}, True)
    held = make_rows(ROWS + TRAINING_ROWS, TRAINING_ROWS, {}, True)
    names = [column["name"] for column in COLUMNS]

    def make(name, y_of, rounds, categorical=False, named=True, stop=None, formats=("json",), **parameters):
        def matrix(rows, y=None):
            types = ["c" if categorical and c["kind"] == "code" else "q" for c in COLUMNS]
            return xgb.DMatrix(rows, label=y, feature_names=names if named else None, feature_types=types, enable_categorical=categorical)

        parameters = {"max_depth": 4, "eta": 0.4, "seed": 1, "nthread": 1, **parameters}
        rng = np.random.default_rng(1)
        y = y_of(target(x) + rng.normal(0, 0.3, len(x)))
        options = {}
        if stop is not None:
            y_held = y_of(target(held) + rng.normal(0, 1.5, len(held)))
            options = {"evals": [(matrix(held, y_held), "held")], "early_stopping_rounds": stop, "verbose_eval": False}
        booster = xgb.train(parameters, matrix(x, y), rounds, **options)
        for form in formats:
            booster.save_model(os.path.join(HERE, f"{name}.{form}"))
        bounds = {}
        raw = json.loads(booster.save_raw("json").decode())["learner"]["gradient_booster"]
        trees = (raw["gbtree"] if "gbtree" in raw else raw)["model"]["trees"]
        for c in (0, 2):
            found = [s for t in trees for s, f, left in zip(t["split_conditions"], t["split_indices"], t["left_children"]) if f == c and left >= 0]
            if found:
                bounds[c] = float_bounds(found)
        rows = make_rows(0, ROWS, bounds, False)
        best = {} if stop is None else {"iteration_range": (0, booster.best_iteration + 1)}
        predictions = booster.predict(matrix(rows), **best)
        more = {} if stop is None else {"ofAllRounds": packed(booster.predict(matrix(rows[:1_000])))}
        write_expected(name, bounds, predictions, objective=parameters["objective"], **more)

    both = ("json", "ubj")
    make("xgb-squared-error", lambda y: y, 12, objective="reg:squarederror", base_score=1.25, tree_method="exact", formats=both)
    make("xgb-logistic", lambda y: (y > 0) * 1, 10, True, objective="binary:logistic", base_score=0.3, tree_method="hist", max_cat_to_onehot=6, formats=both)
    make("xgb-softprob", lambda y: classes(y, 3), 60, True, stop=2, objective="multi:softprob", num_class=3, tree_method="hist", max_cat_to_onehot=1, num_parallel_tree=2, subsample=0.5, eta=0.6, max_depth=3, formats=both)
    make("xgb-two-classes", lambda y: classes(y, 2), 5, objective="multi:softprob", num_class=2, named=False)
    make("xgb-poisson", lambda y: np.round(np.exp(y / 3)), 8, objective="count:poisson")
    make("xgb-gamma", lambda y: np.exp(y / 3) + 0.01, 8, objective="reg:gamma", base_score=2)
    make("xgb-tweedie", lambda y: np.maximum(np.exp(y / 3) - 1, 0), 8, objective="reg:tweedie")
    make("xgb-pseudo-huber", lambda y: y, 8, objective="reg:pseudohubererror", eta=0.2)
    make("xgb-absolute-error", lambda y: y, 8, objective="reg:absoluteerror", tree_method="hist")
    make("xgb-squared-log-error", lambda y: np.exp(y / 3), 8, objective="reg:squaredlogerror")
    make("xgb-dart", lambda y: (y > 0) * 1, 10, objective="binary:logistic", booster="dart", rate_drop=0.4, formats=both)
    make("xgb-forest", lambda y: y, 1, objective="reg:squarederror", num_parallel_tree=10, subsample=0.6, eta=1)
    make("xgb-many-thresholds", lambda y: np.sin(3 * np.nan_to_num(x[:, 0])), 14, objective="reg:squarederror", tree_method="exact", max_depth=6)


def make_lightgbm():
    import lightgbm as lgb
    import pandas as pd

    x = make_rows(ROWS, TRAINING_ROWS, {}, True)
    names = [column["name"] for column in COLUMNS]

    def make(name, y_of, rounds, categorical=False, frame=False, zeros=False, **parameters):
        parameters = {"num_leaves": 12, "learning_rate": 0.3, "verbose": -1, "num_threads": 1, "seed": 1, "deterministic": True, "min_data_per_group": 20, **parameters}

        def table(rows):
            if not frame:
                return rows
            columns = {}
            for c, column in enumerate(COLUMNS):
                if c in TEXTS:
                    columns[column["name"]] = pd.Categorical.from_codes(np.where(np.isnan(rows[:, c]), -1, rows[:, c]).astype(int), TEXTS[c])
                else:
                    columns[column["name"]] = rows[:, c]
            return pd.DataFrame(columns)

        rng = np.random.default_rng(1)
        training = np.where(np.isnan(x), 0, x) if zeros else x
        y = y_of(target(x) + rng.normal(0, 0.3, len(x)))
        cats = "auto" if frame or not categorical else [3, 4]
        data = lgb.Dataset(table(training), label=y, feature_name=names, categorical_feature=cats, params=parameters)
        booster = lgb.train(parameters, data, rounds)
        booster.save_model(os.path.join(HERE, f"{name}.txt"))
        bounds = {}
        if not parameters.get("linear_tree"):
            frame_of_trees = booster.trees_to_dataframe()
            numeric = frame_of_trees[frame_of_trees["decision_type"] == "<="]
            for c in (0, 2):
                found = [float(t) for t in numeric[numeric["split_feature"] == names[c]]["threshold"]]
                bounds[c] = double_bounds(found) + [0.0, -0.0, 1e-34, -1e-34]
        rows = make_rows(0, ROWS, bounds, False)
        if name not in REFUSED:
            write_expected(name, bounds, booster.predict(table(rows)), objective=parameters["objective"])

    make("lgb-regression", lambda y: y, 12, objective="regression")
    make("lgb-binary", lambda y: (y > 0) * 1, 12, categorical=True, objective="binary", sigmoid=2.5, is_unbalance=True)
    make("lgb-frame", lambda y: (y > 0) * 1, 10, frame=True, objective="binary")
    make("lgb-multiclass", lambda y: classes(y, 3), 8, categorical=True, objective="multiclass", num_class=3)
    make("lgb-zero-as-missing", lambda y: y, 10, zeros=True, objective="regression", zero_as_missing=True)
    make("lgb-no-missing", lambda y: y, 10, objective="regression", use_missing=False)
    make("lgb-poisson", lambda y: np.round(np.exp(y / 3)), 8, objective="poisson")
    make("lgb-gamma", lambda y: np.exp(y / 3) + 0.01, 8, objective="gamma")
    make("lgb-tweedie", lambda y: np.maximum(np.exp(y / 3) - 1, 0), 8, objective="tweedie")
    make("lgb-quantile", lambda y: y, 8, objective="quantile", alpha=0.8)
    make("lgb-cross-entropy", lambda y: 1 / (1 + np.exp(-y)), 8, objective="cross_entropy")
    make("lgb-forest", lambda y: (y > 0) * 1, 10, objective="binary", boosting="rf", bagging_freq=1, bagging_fraction=0.6)
    make("lgb-forest-regression", lambda y: y, 10, objective="regression", boosting="rf", bagging_freq=1, bagging_fraction=0.6)
    make("lgb-dart", lambda y: y, 10, objective="huber", boosting="dart", drop_rate=0.4)
    # Refused: see unsupported.test.ts.
    make("lgb-linear-tree", lambda y: y, 2, objective="regression", linear_tree=True, num_leaves=4)
    make("lgb-square-root", lambda y: y, 2, objective="regression", reg_sqrt=True, num_leaves=4)


if __name__ == "__main__":
    {"xgboost": make_xgboost, "lightgbm": make_lightgbm}[sys.argv[1]]()
