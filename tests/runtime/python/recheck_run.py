"""Rechecks a run that was started with default settings, from docs/model-format.md and docs/splits.md alone:

    python3 recheck_run.py DATASET.csv MODEL.json

It reads the dataset as it was uploaded, draws the test rows by the default split (RANDOM, a fifth of the rows, seed 0), predicts them
with the model file, and writes their numbers (the first row of data is 1), the predictions and the primary metric as JSON.
"""

import csv
import json
import math
import sys

from model_reader import ASCII_SPACE, POINT, Model, number_of_text, random_test_rows

TEST_FRACTION = 0.2
SEED = 0


def utf16_units(text):
    """Python orders texts by code points."""
    return text.encode("utf-16-be", "surrogatepass")


def recheck(dataset_path, model_path):
    with open(dataset_path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(model_path, encoding="utf-8") as file:
        target = json.load(file)["target"]
    model = Model(model_path)
    texts = [row[target].strip(ASCII_SPACE) for row in rows]
    known = [i for i, text in enumerate(texts) if text != "" and text not in model.tokens]
    if model.labels is None:
        actual = {i: number_of_text(texts[i], POINT) for i in known}
        classes = [0] * len(known)
    else:
        labels = sorted({texts[i] for i in known}, key=utf16_units)
        actual = {i: texts[i] for i in known}
        classes = [labels.index(texts[i]) for i in known]
    test = [known[at] for at in random_test_rows(classes, TEST_FRACTION, SEED)]
    outputs = [model.predict(rows[i]) for i in test]
    if model.labels is None:
        predicted = [values[0] for values in outputs]
        squares = [(value - actual[i]) ** 2 for value, i in zip(predicted, test)]
        metric = math.sqrt(sum(squares) / len(squares))
    else:
        predicted = [model.labels[values.index(max(values))] for values in outputs]
        metric = sum(label == actual[i] for label, i in zip(predicted, test)) / len(test)
    return {"rows": [i + 1 for i in test], "predicted": predicted, "metric": metric}


if __name__ == "__main__":
    json.dump(recheck(sys.argv[1], sys.argv[2]), sys.stdout)
