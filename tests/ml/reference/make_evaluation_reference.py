#!/usr/bin/env python3
"""Writes evaluation.json beside this file: figures of evaluations by scikit-learn, scipy and numpy, for the tests.

Needs numpy, scipy and scikit-learn 1.2 to 1.4 (log_loss takes eps). The data are in the file, so the tests need neither.
Probabilities are whole parts of `of`, so that those of a row sum to 1 exactly and the file stays small.
"""
import json
import os
import warnings

import numpy as np
from scipy.stats import beta, binom
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import (accuracy_score, average_precision_score, brier_score_loss, confusion_matrix, log_loss,
                             mean_absolute_error, mean_absolute_percentage_error, mean_squared_error,
                             precision_recall_curve, precision_recall_fscore_support, r2_score, roc_auc_score, roc_curve)

HERE = os.path.dirname(os.path.abspath(__file__))


def parts(rng, n, k, of):
    """n rows of k whole numbers that sum to `of`."""
    return np.array([rng.multinomial(of, p) for p in rng.dirichlet(np.ones(k), n)])


def towards(rng, scores, truth, of):
    """The same with about half of the rows leaning to their truth, where it is a label of the model."""
    k = scores.shape[1]
    for i in np.flatnonzero((truth < k) & (rng.random(len(truth)) < 0.5)):
        j = scores[i].argmax()
        scores[i, [truth[i], j]] = scores[i, [j, truth[i]]]
    return scores


def binary(truth, p):
    """Of the second of two labels; rows of labels that the model does not know are not positive."""
    positive = (truth == 1).astype(int)
    edges = np.linspace(0, 1, 11)
    counts = np.bincount(np.searchsorted(edges[1:-1], p), minlength=10)
    observed, predicted = calibration_curve(positive, p, n_bins=10, strategy="uniform", pos_label=1)
    found = {
        "brier": brier_score_loss(positive, p, pos_label=1),
        "calibration": [predicted.tolist(), observed.tolist(), counts[counts > 0].tolist()],
        "averagePrecision": None, "rocCurve": None, "precisionRecallCurve": None,
    }
    if 0 < positive.sum() < len(positive):
        fpr, tpr, thresholds = roc_curve(positive, p)
        precision, recall, cuts = precision_recall_curve(positive, p)
        found["averagePrecision"] = average_precision_score(positive, p)
        found["rocCurve"] = [fpr.tolist(), tpr.tolist(), [None, *thresholds[1:].tolist()]]
        found["precisionRecallCurve"] = [recall.tolist(), precision.tolist(), [*cuts.tolist(), None]]
    return found


def area(truth, p):
    n, k = p.shape
    if k > 2 and len(np.unique(truth)) == k and truth.max() < k:
        return roc_auc_score(truth, p, multi_class="ovr", average="macro", labels=np.arange(k))
    areas = [roc_auc_score(truth == j, p[:, j]) for j in ([1] if k == 2 else range(k)) if 0 < (truth == j).sum() < n]
    return float(np.mean(areas)) if areas else None


def classification_case(name, truth, scores, of):
    p = scores / of
    n, k = p.shape
    predicted = p.argmax(axis=1)
    labels = np.arange(max(k, truth.max() + 1))
    precision, recall, f1, support = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    macro, weighted = [precision_recall_fscore_support(truth, predicted, average=average, zero_division=0)[:3]
                       for average in ("macro", "weighted")]
    # Labels that the model does not know get the probability 0.
    padded = np.column_stack([p, np.zeros((n, len(labels) - k))])
    return {
        "name": name, "labelCount": k, "of": of, "actual": truth.tolist(), "parts": scores.ravel().tolist(),
        "predicted": predicted.tolist(),
        "matrix": confusion_matrix(truth, predicted, labels=labels).tolist(),
        "perClass": [precision.tolist(), recall.tolist(), f1.tolist(), support.tolist()],
        "accuracy": accuracy_score(truth, predicted), "macro": macro, "weighted": weighted,
        "logLoss": log_loss(truth, padded, labels=labels, eps=1e-15), "rocAuc": area(truth, p),
        "binary": binary(truth, p[:, 1]) if k == 2 else None,
    }


def classification(rng):
    cases = []

    def add(name, truth, scores, of):
        cases.append(classification_case(name, np.asarray(truth), np.asarray(scores), of))

    for k, sizes in ((2, (2, 3, 8, 25, 60, 150)), (3, (3, 10, 40)), (7, (20, 80)), (50, (40, 200))):
        for n in sizes:
            for of in (1024, 8) if k < 50 else (1024,):
                truth = rng.integers(0, k, n)
                add(f"{k} labels, {n} rows, parts of {of}", truth, towards(rng, parts(rng, n, k, of), truth, of), of)
    for k in (2, 3):
        truth = rng.integers(0, k, 30)
        add(f"{k} labels, scores of exactly 0 and 1", truth, towards(rng, parts(rng, 30, k, 1), truth, 1), 1)
        add(f"{k} labels, constant scores", truth, np.tile(parts(rng, 1, k, 16), (30, 1)), 16)
        add(f"{k} labels, one that is always predicted", truth, parts(rng, 30, k, 64) + 64 * (np.arange(k) == 0), 128)
        for j in range(k):
            add(f"{k} labels, test rows all of label {j}", np.full(9, j), parts(rng, 9, k, 32), 32)
            add(f"{k} labels, one row, of label {j}", [j], parts(rng, 1, k, 32), 32)
        truth = rng.integers(0, k + 2, 40)
        add(f"{k} labels, two that only test rows have", truth, towards(rng, parts(rng, 40, k, 32), truth, 32), 32)
        add(f"{k} labels, none of them in the test", rng.integers(k, k + 2, 12), parts(rng, 12, k, 32), 32)
        add(f"{k} labels, one and an unknown one in the test", rng.choice([0, k], 12), parts(rng, 12, k, 32), 32)
    truth = rng.integers(0, 2, 80)
    add("2 labels, scores on the borders of the bins", truth, towards(rng, parts(rng, 80, 2, 10), truth, 10), 10)
    ranked = np.arange(40)
    add("2 labels, all ranked rightly", (ranked >= 15).astype(int), np.column_stack([64 - ranked, ranked]), 64)
    add("2 labels, all ranked wrongly", (ranked < 15).astype(int), np.column_stack([64 - ranked, ranked]), 64)
    return cases


def regression_case(name, truth, predicted):
    truth, predicted = np.asarray(truth, float), np.asarray(predicted, float)
    mse = mean_squared_error(truth, predicted)
    return {
        "name": name, "actual": truth.tolist(), "predicted": predicted.tolist(),
        "r2": r2_score(truth, predicted) if len(np.unique(truth)) > 1 else None,
        "mse": mse, "rmse": mse ** 0.5, "mae": mean_absolute_error(truth, predicted),
        "mape": mean_absolute_percentage_error(truth, predicted) if np.all(truth != 0) else None,
    }


def regression(rng):
    near = lambda truth, spread: np.round(truth + rng.normal(0, spread, len(truth)), 3)
    cases = []
    for n, centre, spread in ((2, 0, 1), (7, 5, 3), (60, -40, 20), (60, 1e6, 50), (150, 1e-3, 1e-2)):
        truth = np.round(rng.normal(centre, spread, n), 3 if spread >= 1 else 6)
        cases.append(regression_case(f"{n} rows around {centre}", truth, near(truth, spread / 2)))
    whole = rng.integers(-3, 4, 50)
    cases.append(regression_case("zeros in the truth", whole, near(whole, 1)))
    cases.append(regression_case("all of one target", np.full(8, 3.25), near(np.full(8, 3.25), 1)))
    cases.append(regression_case("all of the target 0", np.zeros(5), near(np.zeros(5), 1)))
    cases.append(regression_case("one row", [4.5], [4]))
    cases.append(regression_case("all right", whole + 0.5, whole + 0.5))
    cases.append(regression_case("worse than the mean", whole + 0.5, near(-3 * whole, 1)))
    return cases


def accuracy_intervals(rng):
    """[rows, hits, low, high]: percentiles of hits / rows, or of Clopper and Pearson where all or none are right."""
    pairs = [(n, h) for n in (2, 3, 5, 10, 17) for h in range(n + 1)] + [(1, 0), (1, 1)]
    for n in (40, 100, 999, 12_345, 200_000, 1_000_000, 10_000_000):
        pairs += [(n, int(h)) for h in (0, 1, 2, n // 1000, n // 3, n // 2, n - 7, n - 1, n, *rng.integers(0, n + 1, 4))]
    found = []
    for n, h in pairs:
        if h == n:
            found.append([n, h, beta.ppf(0.025, n, 1), 1.0])
        elif h == 0:
            found.append([n, h, 0.0, beta.ppf(0.975, 1, n)])
        else:
            found.append([n, h, *(binom.ppf([0.025, 0.975], n, h / n) / n)])
    return found


def plain_bootstrap(rng, truth, predicted, resamples):
    """Percentiles of R2 by drawing rows, one resample after the other, as its definition says."""
    n = len(truth)
    values = []
    for _ in range(resamples):
        i = rng.integers(0, n, n)
        if np.ptp(truth[i]) > 0:
            values.append(1 - ((predicted[i] - truth[i]) ** 2).sum() / ((truth[i] - truth[i].mean()) ** 2).sum())
    return np.percentile(values, [2.5, 97.5])


def r2_intervals(rng):
    """The rows are made from their number i by whole-number arithmetic, which the tests repeat."""
    found = []
    for rows, noise in ((12, 1), (50, 1), (50, 8), (400, 3), (3000, 20), (10_000, 1), (10_001, 5), (35_000, 2)):
        i = np.arange(rows)
        truth = (i * 7919 % 1009) / 10
        predicted = truth + noise * (i * 10_007 % 997 - 498) / 50
        low, high = plain_bootstrap(rng, truth, predicted, 20_000 if rows < 1000 else 4000)
        found.append({"rows": rows, "noise": noise, "low": low, "high": high})
    return found


def main():
    # That there is no such thing as a precision of nothing is what some of the cases are about.
    warnings.simplefilter("ignore", UndefinedMetricWarning)
    rng = np.random.default_rng(4)
    content = {"classification": classification(rng), "regression": regression(rng),
               "accuracyIntervals": accuracy_intervals(rng), "r2Intervals": r2_intervals(rng)}
    with open(os.path.join(HERE, "evaluation.json"), "w", encoding="utf-8") as f:
        json.dump(content, f, separators=(",", ":"), allow_nan=False)
        f.write("\n")


if __name__ == "__main__":
    main()
