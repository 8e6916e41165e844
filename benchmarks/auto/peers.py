#!/usr/bin/env python3
"""What models of scikit-learn and XGBoost lose on each test row of one offset of a file, for benchmarks/auto.ts.

    OMP_NUM_THREADS=2 python3 peers.py --data DIR --file NAME --offset 0 --models XGBoost,RandomForest --threads 2

Rows, preparation and settings are those of ../quality-peers.py. Prints a line of JSON for each model as soon as it is measured. Losses
are minus the logarithm of the probability of the label, or the squared error over the variance of the test targets, whose mean is
1 - R2; 4 bytes each, in base64. "clock" and "processor" are the seconds of preparing, fitting and predicting.
"""
import argparse
import base64
import importlib.util
import json
import os
import time
import warnings

import numpy as np

SPEC = importlib.util.spec_from_file_location("quality_peers", os.path.join(os.path.dirname(__file__), "../quality-peers.py"))
quality = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(quality)

SMALLEST_PROBABILITY = 1e-15


def target_of(columns, entry, train):
    """For each row the number of its label, those of the training rows first; or its value."""
    cells = columns[entry["target"]]
    if entry["task"] == "regression":
        return quality.numbers(cells, [cell for cell in cells if cell is not None], entry["read"]["decimal"])
    known = sorted({cell for cell, use in zip(cells, train) if use})
    place = {label: k for k, label in enumerate(known)}
    return np.array([place.get(cell, len(known)) for cell in cells])


def losses_of(model, x, truth, is_classification):
    if not is_classification:
        return (model.predict(x) - truth) ** 2 / truth.var()
    probabilities = model.predict_proba(x)
    known = truth < probabilities.shape[1]
    right = np.zeros(len(truth))
    right[known] = probabilities[np.flatnonzero(known), truth[known]]
    return -np.log(np.clip(right, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["data", "file", "offset", "models", "threads"]:
        arguments.add_argument(f"--{name}", required=True)
    arguments = arguments.parse_args()
    warnings.filterwarnings("ignore")
    with open(os.path.join(arguments.data, "MANIFEST.json"), encoding="utf-8") as file:
        entry = next(each for each in json.load(file) if each["file"] == arguments.file)
    columns = quality.read_columns(os.path.join(arguments.data, entry["file"]), entry["read"])
    has_target = np.array([cell is not None for cell in columns[entry["target"]]])
    is_test = np.arange(len(has_target)) % quality.OFFSETS == int(arguments.offset)
    train, test = has_target & ~is_test, has_target & is_test
    features = [name for name in columns if name != entry["target"] and name not in entry["ignore"]]
    is_classification = entry["task"] == "classification"
    target = target_of(columns, entry, train)
    models = dict((name, (create, form)) for name, create, form in (quality.CLASSIFIERS if is_classification else quality.REGRESSORS))
    for name in arguments.models.split(","):
        create, form = models[name]
        clock, processor = time.perf_counter(), time.process_time()
        x = quality.prepare(columns, features, train, entry["read"]["decimal"])[form]
        model = create()
        if "n_jobs" in model.get_params():
            model.set_params(n_jobs=int(arguments.threads))
        model.fit(x[train], target[train])
        losses = losses_of(model, x[test], target[test], is_classification)
        measured = {"model": name, "clock": time.perf_counter() - clock, "processor": time.process_time() - processor,
                    "losses": base64.b64encode(losses.astype("<f4").tobytes()).decode("ascii")}
        print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
