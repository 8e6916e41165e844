#!/usr/bin/env python3
"""Writes the reference figures of the paired tests: comparison.json, beside this file.

Needs numpy, scipy 1.7 or later and scikit-learn 1.2 or later. The data are in the file, so the tests need none of them.
Nothing here is computed as the product computes it: placements by comparing every positive row with every negative one,
and the influence of a row by changing its weight a little in scikit-learn's own metric.
"""
import json
import os

import numpy as np
from scipy.special import betainc
from scipy.stats import binomtest, t as student, ttest_rel
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

HERE = os.path.dirname(os.path.abspath(__file__))
SCORES = {
    "PRECISION": ("macro", 0), "RECALL": ("macro", 1), "F1": ("macro", 2),
    "WEIGHTED_PRECISION": ("weighted", 0), "WEIGHTED_F1": ("weighted", 2),
}


def label_score(name, truth, predicted, weights=None):
    average, place = SCORES[name]
    return precision_recall_fscore_support(truth, predicted, average=average, zero_division=0,
                                           sample_weight=weights)[place]


def shares(metric, n):
    """metric(weights) + n times its derivative by the weight of each row, by central differences."""
    h = 1e-4
    value = metric(np.ones(n))
    out = np.empty(n)
    for i in range(n):
        up, down = np.ones(n), np.ones(n)
        up[i] += h
        down[i] -= h
        out[i] = value + n * (metric(up) - metric(down)) / (2 * h)
    return out


def placements(truth, scores):
    positive, negative = scores[truth == 1][:, None], scores[truth != 1][None, :]
    wins = (positive > negative) + 0.5 * (positive == negative)
    return wins.mean(axis=1), wins.mean(axis=0)


def delong(truth, one, other):
    a, b = placements(truth, one), placements(truth, other)
    variance = sum(np.var(x - y, ddof=1) / len(x) for x, y in zip(a, b))
    difference = (a[0] - b[0]).mean()
    fewer = min(len(a[0]), len(a[1]))
    return entry(difference, 2 * student.sf(abs(difference) / np.sqrt(variance), fewer - 1))


def entry(difference, p):
    return {"difference": float(difference), "pValue": float(p)}


def bootstrap_error(metric, n, rng, repeats=1000):
    """The standard deviation of a figure of rows over samples of the rows with repetition."""
    return float(np.std([metric(rng.integers(0, n, n)) for _ in range(repeats)], ddof=1))


def paired_t(one, other):
    return entry((one - other).mean(), ttest_rel(one, other).pvalue)


def classification(rng, n, k, ties, rounds):
    truth = rng.integers(0, k, n)
    truth[:k] = np.arange(k)
    models = []
    for skill in (0.9, 0.7):
        p = rng.dirichlet(np.ones(k), n)
        p[np.arange(n), truth] += skill
        if ties:
            p = np.round(p, 1) + 0.02
        p = p / p.sum(axis=1, keepdims=True)
        models.append(p)
    predicted = [p.argmax(axis=1) for p in models]
    true = [p[np.arange(n), truth].astype(np.float32) for p in models]
    positive = [p[:, 1].astype(np.float32) for p in models] if k == 2 else None
    right = [x == truth for x in predicted]
    only_first, only_second = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
    tests = {
        "ACCURACY": entry(right[0].mean() - right[1].mean(),
                          binomtest(only_first, only_first + only_second, 0.5).pvalue),
        "LOG_LOSS": paired_t(*[-np.log(np.clip(p.astype(float), 1e-15, 1 - 1e-15)) for p in true]),
    }
    tests["WEIGHTED_RECALL"] = tests["ACCURACY"]
    errors = {}
    differing = int((predicted[0] != predicted[1]).sum())
    for name in SCORES:
        a, b = [shares(lambda w, x=x: label_score(name, truth, x, w), n) for x in predicted]
        d = a - b
        tests[name] = entry(d.mean(), 2 * student.sf(abs(d.sum()) / np.sqrt((d ** 2).sum()), differing - 1))
        if rounds:
            errors[name] = bootstrap_error(
                lambda rows: label_score(name, truth[rows], predicted[0][rows])
                - label_score(name, truth[rows], predicted[1][rows]), n, rng, rounds)
    if k == 2:
        tests["BRIER"] = paired_t(*[(p.astype(float) - (truth == 1)) ** 2 for p in positive])
        tests["ROC_AUC"] = delong(truth, *positive)
        a, b = [shares(lambda w, p=p: average_precision_score(truth == 1, p, sample_weight=w), n) for p in positive]
        fewer = min((truth == 1).sum(), (truth != 1).sum())
        d = a - b
        tests["AVERAGE_PRECISION"] = entry(
            d.mean(), 2 * student.sf(abs(d.mean()) / np.sqrt(d.var(ddof=1) / n), fewer - 1))
        if rounds:
            errors["AVERAGE_PRECISION"] = bootstrap_error(
                lambda rows: average_precision_score(truth[rows] == 1, positive[0][rows])
                - average_precision_score(truth[rows] == 1, positive[1][rows]), n, rng, rounds)
    listed = lambda x: [float(v) for v in x]
    return {
        "labelCount": k, "actual": truth.tolist(), "tests": tests, "bootstrapErrors": errors,
        "models": [{
            "predicted": predicted[m].tolist(), "trueProbability": listed(true[m]),
            "positiveProbability": listed(positive[m]) if k == 2 else None,
        } for m in (0, 1)],
    }


def regression(rng, n):
    truth = np.round(rng.normal(20, 5, n), 3)
    models = [np.round(truth + rng.normal(bias, spread, n), 3) for bias, spread in ((0, 1), (0.2, 1.2))]
    errors = [m - truth for m in models]
    squares = paired_t(*[e ** 2 for e in errors])
    means = [(e ** 2).mean() for e in errors]
    return {
        "actual": truth.tolist(), "models": [m.tolist() for m in models],
        "tests": {
            "MSE": squares,
            "RMSE": entry(np.sqrt(means[0]) - np.sqrt(means[1]), squares["pValue"]),
            "R2": entry((means[1] - means[0]) / truth.var(), squares["pValue"]),
            "MAE": paired_t(*[abs(e) for e in errors]),
            "MAPE": paired_t(*[abs(e / truth) for e in errors]),
        },
    }


def main():
    rng = np.random.default_rng(6)
    arguments = [(x, a, b) for x in (1e-6, 0.03, 0.5, 0.9, 0.9999) for a in (0.5, 1, 3.5, 40, 2000)
                 for b in (0.5, 2, 9.5, 300)]
    tails = [(v, df) for v in (0.1, 1.0, 1.959964, 3.3, 12.0) for df in (1, 2, 7, 30, 999, 1_000_000)]
    coins = [(0, 1), (2, 5), (10, 10), (30, 55), (400, 520), (49_500, 50_400), (400_000, 401_500)]
    content = {
        "incompleteBeta": [{"x": x, "a": a, "b": b, "value": float(betainc(a, b, x))} for x, a, b in arguments],
        "student": [{"t": v, "degreesOfFreedom": df, "pValue": float(2 * student.sf(v, df))} for v, df in tails],
        "coin": [{"first": a, "second": b, "pValue": float(binomtest(a, a + b, 0.5).pvalue)} for a, b in coins],
        "classification": [classification(rng, 60, 2, False, 0), classification(rng, 300, 2, True, 1000),
                           classification(rng, 300, 4, False, 1000), classification(rng, 40, 3, True, 0)],
        "regression": [regression(rng, 50), regression(rng, 200)],
    }
    with open(os.path.join(HERE, "comparison.json"), "w", encoding="utf-8") as f:
        json.dump(content, f, separators=(",", ":"))
        f.write("\n")


main()
