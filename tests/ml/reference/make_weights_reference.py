"""What scikit-learn and XGBoost make of rows with weights; tests/ml/row-weights.test.ts compares Trainyard with it.

Made with scikit-learn 1.2.1 and XGBoost 1.7.4:  python3 make_weights_reference.py > weights.json
"""
import json

import numpy as np
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor

ROWS = np.arange(90)
x = (ROWS * 7) % 40
z = (ROWS * 11) % 13
weight = 0.25 + ((ROWS * 31) % 17) / 4
amount = np.round(x / 5 + np.where(z > 6, 3.0, 0.0) + ((ROWS * 7919) % 101) / 40, 6)
count = np.floor(amount / 2)
yes = (amount + ((ROWS * 37) % 29) / 6 > 8).astype(int)
features = np.column_stack([x, z]).astype(float)
mean = np.average(features, axis=0, weights=weight)
scale = np.sqrt(np.average((features - mean) ** 2, axis=0, weights=weight))
standard = (features - mean) / scale

BOOSTING = dict(max_iter=3, learning_rate=0.3, max_depth=2, min_samples_leaf=4, early_stopping=False)
XGBOOST = dict(
    n_estimators=3, learning_rate=0.3, max_depth=2, tree_method='exact', min_child_weight=2, reg_lambda=0, gamma=0
)


def boosting(loss, target, **more):
    return HistGradientBoostingRegressor(loss=loss, **BOOSTING, **more).fit(features, target, weight).predict(features)


def xgb(model, target, **more):
    return model(**XGBOOST, **more).fit(features, target, sample_weight=weight)


logistic = LogisticRegression(C=1 / 2, tol=1e-10, max_iter=10000).fit(standard, yes, weight)
start = float(np.average(yes, weights=weight))
found = {
    'ridge': Ridge(alpha=2).fit(standard, amount, weight).predict(standard),
    'logistic': logistic.predict_proba(standard)[:, 1],
    'tree': DecisionTreeRegressor(max_depth=3, min_samples_leaf=4).fit(features, amount, weight).predict(features),
    'squared': boosting('squared_error', amount),
    'squared_l2': boosting('squared_error', amount, l2_regularization=1.5),
    'poisson': boosting('poisson', count),
    'xgboost': xgb(xgboost.XGBRegressor, amount, base_score=float(np.average(amount, weights=weight))).predict(features),
    'xgboost_labels': xgb(xgboost.XGBClassifier, yes, base_score=start).predict_proba(features)[:, 1],
}
columns = {'x': x, 'z': z, 'weight': weight, 'amount': amount, 'count': count, 'yes': yes}
print(
    json.dumps(
        {
            'columns': {name: [float(value) for value in values] for name, values in columns.items()},
            'outputs': {name: [round(float(value), 7) for value in values] for name, values in found.items()},
        }
    )
)
