#!/usr/bin/env python3
"""What one would run instead: pandas with scikit-learn or XGBoost, from a CSV file to the scores of a model.

    python3 training-peers.py FILE TARGET [--drop COLUMN,COLUMN] [--threads 2] --models linear|tree|forest|boosting|xgboost

One JSON line for each step: import, read, prepare, then for each model fit and score; each with the most memory that the
process has had resident so far, in MB of 10^6 bytes; preparation and fit also with the seconds of all cores. The rows whose 0-based number i has i % 5 == 4 are the test rows.
Everything that is fitted sees the training rows alone. A target of texts is classified, one of numbers regressed.

Preparation: linear models get medians for missing numbers, standardised, and a sparse 0/1 column for each of the 50 most
frequent values of a text; the others get the texts as codes, and trees and forests, which scikit-learn 1.2 does not fit on
missing numbers, -9999 for those. Needs Debian's python3-pandas, python3-sklearn and python3-xgboost.
"""
import time

STARTED = time.perf_counter()

import argparse
import json
import resource
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (HistGradientBoostingClassifier, HistGradientBoostingRegressor, RandomForestClassifier,
                              RandomForestRegressor)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

TREE = {"max_depth": 8, "min_samples_leaf": 5, "random_state": 0}
FOREST = {"n_estimators": 100, "min_samples_leaf": 5, "random_state": 0}
HISTOGRAM = {"max_iter": 100, "early_stopping": False, "random_state": 0}
XGBOOST = {"n_estimators": 100, "max_depth": 6, "learning_rate": 0.1, "tree_method": "hist"}


def emit(**fields):
    fields["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps(fields), flush=True)


def create(name, classify, threads):
    """The model, with the parameters that benchmarks/training-against-peers.ts states."""
    if name == "linear":
        return LogisticRegression(max_iter=1000) if classify else Ridge(alpha=1.0)
    if name == "tree":
        return (DecisionTreeClassifier if classify else DecisionTreeRegressor)(**TREE)
    if name == "forest":
        return (RandomForestClassifier if classify else RandomForestRegressor)(**FOREST, n_jobs=threads)
    if name == "boosting":
        return (HistGradientBoostingClassifier if classify else HistGradientBoostingRegressor)(**HISTOGRAM)
    if name == "xgboost":
        import xgboost
        return (xgboost.XGBClassifier if classify else xgboost.XGBRegressor)(**XGBOOST, n_jobs=threads)
    raise SystemExit(f"no model {name}")


def prepare(name, frame, test):
    """Features of the training rows and of the test rows, as the model wants them."""
    texts = [column for column in frame if frame[column].dtype == object]
    numbers = [column for column in frame if frame[column].dtype != object]
    if name == "linear":
        transformer = ColumnTransformer([
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"),
                                    OneHotEncoder(max_categories=50, handle_unknown="infrequent_if_exist")), texts)])
    else:
        transformer = ColumnTransformer([
            ("numbers", "passthrough", numbers),
            ("texts", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), texts)])
    parts = transformer.fit_transform(frame[~test]), transformer.transform(frame[test])
    return tuple(np.nan_to_num(part, nan=-9999.0) for part in parts) if name in ("tree", "forest") else parts


def measure(name, frame, y, test, classify, threads):
    start, cpu = time.perf_counter(), time.process_time()
    train_x, test_x = prepare(name, frame, test)
    emit(step="prepare", seconds=time.perf_counter() - start, cpu_seconds=time.process_time() - cpu)
    model = create(name, classify, threads)
    start, cpu = time.perf_counter(), time.process_time()
    model.fit(train_x, y[~test])
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    start = time.perf_counter()
    if classify:
        probabilities = model.predict_proba(test_x)
        score = {"accuracy": accuracy_score(y[test], probabilities.argmax(axis=1)),
                 "log_loss": log_loss(y[test], probabilities, labels=np.unique(y))}
    else:
        score = {"r2": r2_score(y[test], model.predict(test_x))}
    emit(step="fit", model=name, seconds=seconds, cpu_seconds=cpu_seconds, score_seconds=time.perf_counter() - start, score=score)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("target")
    arguments.add_argument("--drop", default="")
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--models", required=True)
    arguments = arguments.parse_args()
    warnings.filterwarnings("ignore")
    names = arguments.models.split(",")
    versions = {"pandas": pd.__version__, "scikit-learn": sklearn.__version__}
    if "xgboost" in names:
        import xgboost
        versions["xgboost"] = xgboost.__version__
    emit(step="import", seconds=time.perf_counter() - STARTED, versions=versions)

    start = time.perf_counter()
    frame = pd.read_csv(arguments.file)
    emit(step="read", seconds=time.perf_counter() - start, rows=len(frame), columns=frame.shape[1])

    test = np.arange(len(frame)) % 5 == 4
    known = frame[arguments.target].notna().to_numpy()
    frame, test = frame[known].drop(columns=[name for name in arguments.drop.split(",") if name]), test[known]
    y = frame.pop(arguments.target)
    classify = y.dtype == object
    y = y.astype("category").cat.codes.to_numpy() if classify else y.to_numpy(float)
    for name in names:
        measure(name, frame, y, test, classify, arguments.threads)


if __name__ == "__main__":
    main()
