#!/usr/bin/env python3
"""Scores of scikit-learn and XGBoost for benchmarks/quality.ts.

    OMP_NUM_THREADS=1 python3 quality-peers.py --data DIR --out FILE [--only FILE,FILE] [--models NAME,NAME]

DIR holds CSV files and a MANIFEST.json that lists them. Each file is divided five times: at offset k the rows whose 0-based
number i, counted over all data rows, has i % 5 == k are the test rows. Rows without a target are then left out. Everything
that is fitted, preparation included, sees the training rows alone. Needs numpy, scikit-learn 1.2 and xgboost 1.7.

Preparation, the usual one for these libraries: numbers get the training median where they are missing; a category gets its
most frequent value there, and becomes a 0/1 column for each of its 50 most frequent values and one for the rest. Linear
models get the numbers standardised. Texts that are mostly distinct are left out, as are columns that the manifest ignores.

Results are added to FILE as they come, file by file; files that it has already are left out.
"""
import argparse
import csv
import json
import os
import re
import time
import warnings
from collections import Counter

import numpy as np
import sklearn
import xgboost
from sklearn.ensemble import (ExtraTreesClassifier, ExtraTreesRegressor, HistGradientBoostingClassifier,
                              HistGradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

OFFSETS = 5
MISSING = {"", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "?"}
CATEGORIES = 50
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

TREE = {"max_depth": 8, "min_samples_leaf": 5, "random_state": 0}
FOREST = {"n_estimators": 100, "min_samples_leaf": 5, "random_state": 0, "n_jobs": 1}
HISTOGRAM = {"max_iter": 100, "early_stopping": False, "random_state": 0}
XGBOOST = {"n_estimators": 100, "max_depth": 6, "learning_rate": 0.1, "tree_method": "hist", "n_jobs": 1}

# Name, model, and which preparation it gets. "baseline": without the column of each category's most frequent value, on
# which least squares would depend by rounding errors alone.
CLASSIFIERS = [
    ("LogisticRegression", lambda: LogisticRegression(max_iter=1000), "scaled"),
    ("DecisionTree", lambda: DecisionTreeClassifier(**TREE), "plain"),
    ("RandomForest", lambda: RandomForestClassifier(**FOREST), "plain"),
    ("ExtraTrees", lambda: ExtraTreesClassifier(**FOREST), "plain"),
    ("HistGradientBoosting", lambda: HistGradientBoostingClassifier(**HISTOGRAM), "plain"),
    ("XGBoost", lambda: xgboost.XGBClassifier(**XGBOOST), "plain"),
]
REGRESSORS = [
    ("LinearRegression", LinearRegression, "baseline"),
    ("Ridge", lambda: Ridge(alpha=1.0), "scaled"),
    ("DecisionTree", lambda: DecisionTreeRegressor(**TREE), "plain"),
    ("RandomForest", lambda: RandomForestRegressor(**FOREST), "plain"),
    ("ExtraTrees", lambda: ExtraTreesRegressor(**FOREST), "plain"),
    ("HistGradientBoosting", lambda: HistGradientBoostingRegressor(**HISTOGRAM), "plain"),
    ("XGBoost", lambda: xgboost.XGBRegressor(**XGBOOST), "plain"),
]


def read_columns(path, read):
    """Column name -> list of cells, None where missing. A name that occurs again gets .1, .2 and so on."""
    missing = MISSING | set(read["missing"])
    with open(path, encoding=read["encoding"], newline="") as file:
        header, *rows = [row for row in csv.reader(file, delimiter=read["delimiter"], skipinitialspace=True) if row]
    times, columns = Counter(), {}
    for j, name in enumerate(map(str.strip, header)):
        unique = name if times[name] == 0 else f"{name}.{times[name]}"
        times[name] += 1
        cells = (row[j].strip() for row in rows)
        columns[unique] = [None if cell in missing else cell for cell in cells]
    return columns


def numbers(cells, known, decimal):
    """The cells as floats, nan where a cell is none; None unless all the known ones are numbers."""
    for mark in dict.fromkeys([".", decimal]):
        plain = (lambda cell: cell) if mark == "." else (lambda cell: cell.replace(".", " ").replace(mark, "."))
        if all(NUMBER.fullmatch(plain(cell)) for cell in known):
            read = (None if cell is None else plain(cell) for cell in cells)
            return np.array([float(cell) if cell is not None and NUMBER.fullmatch(cell) else np.nan for cell in read])
    return None


def prepare(columns, features, is_train, decimal):
    """Preparation's name -> matrix of all rows, fitted on the training rows."""
    blocks = {"plain": [], "scaled": [], "baseline": []}
    for name in features:
        cells = columns[name]
        known = [cell for cell, train in zip(cells, is_train) if train and cell is not None]
        if not known:
            continue
        values = numbers(cells, known, decimal)
        if values is not None:
            values = np.where(np.isnan(values), np.nanmedian(values[is_train]), values)
            deviation = values[is_train].std()
            scaled = (values - values[is_train].mean()) / (deviation if np.ptp(values[is_train]) > 0 else 1)
            for form, column in [("plain", values), ("scaled", scaled), ("baseline", scaled)]:
                blocks[form].append(column[:, None])
            continue
        counts = Counter(known)
        if len(counts) > len(known) / 2:
            continue
        ranked = sorted(counts, key=lambda value: (-counts[value], value))
        place = {value: min(k, CATEGORIES) for k, value in enumerate(ranked)}
        codes = np.array([place.get(ranked[0] if cell is None else cell, -1) for cell in cells])
        hot = (codes[:, None] == np.arange(min(len(ranked), CATEGORIES + 1))).astype(float)
        for form, block in [("plain", hot), ("scaled", hot), ("baseline", hot[:, 1:])]:
            blocks[form].append(block)
    return {form: np.hstack(parts) for form, parts in blocks.items()}


def classification_scores(model, x, truth):
    """A label that the training rows do not have has the probability 0; probabilities are kept 1e-15 from 0 and 1."""
    probabilities = model.predict_proba(x)
    known = truth < probabilities.shape[1]
    right = np.zeros(len(truth))
    right[known] = probabilities[np.flatnonzero(known), truth[known]]
    return {"accuracy": float((model.predict(x) == truth).mean()),
            "logLoss": float(-np.log(np.clip(right, 1e-15, 1 - 1e-15)).mean())}


def measure(columns, entry, offset, models):
    """Model's name -> scores and the seconds of its fit."""
    cells, decimal = columns[entry["target"]], entry["read"]["decimal"]
    has_target = np.array([cell is not None for cell in cells])
    is_test = np.arange(len(cells)) % OFFSETS == offset
    train, test = has_target & ~is_test, has_target & is_test
    features = [name for name in columns if name != entry["target"] and name not in entry["ignore"]]
    forms = prepare(columns, features, train, decimal)
    is_classification = entry["task"] == "classification"
    if is_classification:
        labels = sorted({cell for cell, use in zip(cells, train) if use})
        labels += sorted({cell for cell, use in zip(cells, test) if use} - set(labels))
        place = {label: k for k, label in enumerate(labels)}
        target = np.array([place.get(cell, -1) for cell in cells])
    else:
        target = numbers(cells, [cell for cell in cells if cell is not None], decimal)
    scores = {}
    for name, create, form in CLASSIFIERS if is_classification else REGRESSORS:
        if models and name not in models:
            continue
        start = time.perf_counter()
        model = create().fit(forms[form][train], target[train])
        seconds = round(time.perf_counter() - start, 3)
        x, truth = forms[form][test], target[test]
        found = classification_scores(model, x, truth) if is_classification else {"r2": r2_score(truth, model.predict(x))}
        scores[name] = {**{key: float(f"{value:.6g}") for key, value in found.items()}, "fitSeconds": seconds}
    return scores


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", required=True)
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--models", default="")
    arguments = arguments.parse_args()
    warnings.filterwarnings("ignore")
    with open(os.path.join(arguments.data, "MANIFEST.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    only = [name for name in arguments.only.split(",") if name]
    models = [name for name in arguments.models.split(",") if name]
    files = {}
    if os.path.exists(arguments.out):
        with open(arguments.out, encoding="utf-8") as file:
            files = json.load(file)["files"]
    for entry in manifest:
        if entry["file"] in files or (only and entry["file"] not in only):
            continue
        columns = read_columns(os.path.join(arguments.data, entry["file"]), entry["read"])
        files[entry["file"]] = [measure(columns, entry, offset, models) for offset in range(OFFSETS)]
        print(entry["file"], files[entry["file"]][OFFSETS - 1], flush=True)
        with open(arguments.out, "w", encoding="utf-8") as file:
            json.dump({"versions": {"scikit-learn": sklearn.__version__, "xgboost": xgboost.__version__},
                       "files": files}, file, indent=1)


if __name__ == "__main__":
    main()
