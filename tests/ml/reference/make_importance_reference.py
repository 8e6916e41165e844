#!/usr/bin/env python3
"""Writes importances.json beside this file: permutation importances by scikit-learn, for the tests.

Needs numpy and scikit-learn 1.2 or later. The data are in the file, so the tests need neither. Every fifth row (i % 5 == 4)
is a test row. The models are those that LINEAR fits too: least squares, and logistic regression of standardised columns with
the penalty l2 = 2. The importances are means over many shuffles, with the standard error of those means.
"""
import json
import os

import numpy as np
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = os.path.dirname(os.path.abspath(__file__))
REPEATS = 2000


def importances(model, x, y, train):
    model.fit(x[train], y[train])
    found = permutation_importance(model, x[~train], y[~train], n_repeats=REPEATS, random_state=1)
    return {
        "score": model.score(x[~train], y[~train]),
        "means": found.importances_mean.tolist(),
        "deviations": found.importances_std.tolist(),
    }


def main():
    rng = np.random.default_rng(6)
    n = 500
    x = np.column_stack([rng.normal(3, 2, n), rng.normal(-50, 400, n), rng.exponential(1, n), rng.normal(0, 1, n)]).round(4)
    signal = 0.8 * x[:, 0] - 0.002 * x[:, 1] + 0.4 * x[:, 2]
    number = (signal + rng.normal(0, 1, n)).round(4)
    label = (signal + rng.logistic(0, 0.5, n) > np.median(signal)).astype(int)
    train = np.arange(n) % 5 != 4
    content = {
        "columns": x.T.tolist(), "number": number.tolist(), "label": label.tolist(), "repeats": REPEATS,
        "regression": importances(LinearRegression(), x, number, train),
        "classification": importances(
            make_pipeline(StandardScaler(), LogisticRegression(C=0.5, tol=1e-10)), x, label, train),
    }
    with open(os.path.join(HERE, "importances.json"), "w", encoding="utf-8") as f:
        json.dump(content, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
