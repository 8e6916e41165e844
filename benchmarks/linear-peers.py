#!/usr/bin/env python3
"""One measurement for benchmarks/linear-against-peers.ts: scikit-learn's linear model on one CSV file.

    python3 linear-peers.py FILE TARGET [DROP]

Numbers get the median where they are missing and are standardised, categories get their most frequent value and become 0/1
columns, at most 50 for each: the usual preparation. Test rows are those whose 0-based number i has i % 5 == 4. Prints one
line of JSON: seconds of preparing and fitting the training rows, scores on the test rows. Needs pandas and scikit-learn.
"""
import json
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    warnings.filterwarnings("ignore")
    file, target, *drop = sys.argv[1:]
    frame = pd.read_csv(file, skipinitialspace=True)
    frame = frame[frame[target].notna()].drop(columns=drop)
    y = frame.pop(target)
    is_label = y.dtype == object
    y = y.astype("category").cat.codes.to_numpy() if is_label else y.to_numpy(float)
    is_test = np.arange(len(frame)) % 5 == 4
    train, test = frame[~is_test], frame[is_test]

    cpu, start = cpu_seconds(), time.perf_counter()
    numbers = [name for name in frame if frame[name].dtype != object]
    texts = [name for name in frame if frame[name].dtype == object]
    one_hot = OneHotEncoder(max_categories=50, handle_unknown="infrequent_if_exist")
    preparation = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("texts", make_pipeline(SimpleImputer(strategy="most_frequent"), one_hot), texts)])
    prepared = preparation.fit_transform(train)
    preparing = time.perf_counter() - start
    model = LogisticRegression(max_iter=1000) if is_label else LinearRegression()
    model.fit(prepared, y[~is_test])
    seconds = time.perf_counter() - start
    cpu = cpu_seconds() - cpu

    test_x = preparation.transform(test)
    score = log_loss(y[is_test], model.predict_proba(test_x)) if is_label else r2_score(y[is_test], model.predict(test_x))
    print(json.dumps({"seconds": seconds, "fitting": seconds - preparing, "cpu": cpu, "score": score}))


main()
