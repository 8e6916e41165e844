#!/usr/bin/env python3
"""Writes the reference figures that the tests compare with: linear.json, metrics.json and tree.json, beside this file.

Needs numpy and scikit-learn 1.2 or later. The data are in the files, so the tests need neither.
"""
import json
import os

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import (accuracy_score, mean_absolute_error, mean_squared_error, precision_recall_fscore_support,
                             r2_score, roc_auc_score)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, content):
    with open(os.path.join(HERE, name), "w", encoding="utf-8") as f:
        json.dump(content, f, separators=(",", ":"))
        f.write("\n")


def linear(rng):
    """Two numbers of different scale and a category of three levels; the last 20 of 100 rows are for predicting."""
    n, train = 100, 80
    a, b = rng.normal(3, 2, n), rng.normal(-50, 400, n)
    c = rng.integers(0, 3, n)
    signal = 0.8 * a - 0.004 * b + np.array([0.5, -1.0, 0.2])[c]
    number = np.round(signal * 10 + rng.normal(0, 3, n), 6)
    binary = (signal + rng.logistic(0, 1, n) > signal.mean()).astype(int)
    several = np.digitize(signal + rng.normal(0, 1, n), np.quantile(signal, [0.33, 0.66]))
    a, b = np.round(a, 6), np.round(b, 6)
    scaled = [(v - v[:train].mean()) / v[:train].std() for v in (a, b)]
    x = np.column_stack(scaled + [c == k for k in range(3)])
    fit = lambda model, y: model.fit(x[:train], y[:train])
    return {
        "a": a.tolist(), "b": b.tolist(), "c": c.tolist(), "trainRows": train,
        "number": number.tolist(), "binary": binary.tolist(), "several": several.tolist(),
        "ridge": fit(Ridge(alpha=2.0, tol=1e-12), number).predict(x[train:]).tolist(),
        "leastSquares": LinearRegression().fit(x[:train, :4], number[:train]).predict(x[train:, :4]).tolist(),
        "logistic": fit(LogisticRegression(C=0.5, tol=1e-12, solver="newton-cholesky"), binary).predict_proba(x[train:]).tolist(),
        "balancedLogistic": fit(LogisticRegression(C=0.5, tol=1e-12, solver="newton-cholesky", class_weight="balanced"),
                                binary).predict_proba(x[train:]).tolist(),
        "softmax": fit(LogisticRegression(C=0.5, tol=1e-7, solver="newton-cg", max_iter=10000), several).predict_proba(x[train:]).tolist(),
    }


def classification_case(rng, n, k, ties):
    truth = rng.integers(0, k, n)
    p = rng.dirichlet(np.ones(k), n)
    p[np.arange(n), truth] += 0.5
    p = p / p.sum(axis=1, keepdims=True)
    if ties:
        p = np.round(p, 1) + 0.01
        p = p / p.sum(axis=1, keepdims=True)
    predicted = p.argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, predicted, average="macro", zero_division=0)
    labels = [1] if k == 2 else range(k)
    areas = [roc_auc_score(truth == j, p[:, j]) for j in labels if 0 < (truth == j).sum() < n]
    return {
        "labelCount": k, "actual": truth.tolist(), "probabilities": p.ravel().tolist(), "predicted": predicted.tolist(),
        "accuracy": accuracy_score(truth, predicted), "precision": precision, "recall": recall, "f1": f1,
        "logLoss": float(-np.log(np.clip(p[np.arange(n), truth], 1e-15, 1 - 1e-15)).mean()),
        "rocAuc": float(np.mean(areas)),
    }


def regression_case(rng, n):
    truth = np.round(rng.normal(1e6, 50, n), 3)
    predicted = np.round(truth + rng.normal(0, 20, n), 3)
    mse = mean_squared_error(truth, predicted)
    return {"actual": truth.tolist(), "predicted": predicted.tolist(), "r2": r2_score(truth, predicted), "mse": mse,
            "rmse": mse ** 0.5, "mae": mean_absolute_error(truth, predicted)}


def leaves(classifier):
    """How many leaves, and the sum over them of rows times Gini impurity (equal gains may be chosen differently)."""
    grown = classifier.tree_
    is_leaf = grown.children_left < 0
    return {"count": int(is_leaf.sum()), "impurity": float((grown.impurity * grown.n_node_samples)[is_leaf].sum())}


def tree(rng):
    """Numbers with few distinct values, so that bins and exact splits are the same."""
    n = 300
    x = np.column_stack([rng.integers(0, 40, n), rng.integers(0, 25, n), rng.integers(0, 9, n)])
    signal = 0.3 * x[:, 0] + np.where(x[:, 1] > 11, 4.0, -2.0) * (x[:, 2] > 3)
    number = np.round(signal + rng.normal(0, 1, n), 6)
    several = np.digitize(signal + rng.normal(0, 0.5, n), np.quantile(signal, [0.25, 0.5, 0.75]))
    binary = (several > 1).astype(int)
    settings = dict(max_depth=4, min_samples_leaf=7, random_state=0)
    regressor = DecisionTreeRegressor(**settings).fit(x, number)
    pruned = DecisionTreeRegressor(ccp_alpha=0.3, **settings).fit(x, number)
    return {
        "x": x.tolist(), "number": number.tolist(), "several": several.tolist(), "binary": binary.tolist(),
        "regression": regressor.predict(x).tolist(), "regressionLeaves": int(regressor.get_n_leaves()),
        "pruned": pruned.predict(x).tolist(), "prunedLeaves": int(pruned.get_n_leaves()),
        "severalLeaves": leaves(DecisionTreeClassifier(**settings).fit(x, several)),
        "binaryLeaves": leaves(DecisionTreeClassifier(**settings).fit(x, binary)),
        "importances": regressor.feature_importances_.tolist(),
    }


def main():
    write("linear.json", linear(np.random.default_rng(1)))
    rng = np.random.default_rng(2)
    write("metrics.json", {
        "classification": [classification_case(rng, 40, 2, False), classification_case(rng, 60, 4, False),
                           classification_case(rng, 50, 2, True), classification_case(rng, 12, 5, True)],
        "regression": [regression_case(rng, 30)],
    })
    write("tree.json", tree(np.random.default_rng(3)))


if __name__ == "__main__":
    main()
