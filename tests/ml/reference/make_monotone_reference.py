"""What scikit-learn and XGBoost make of monotone constraints; tests/ml/monotone.test.ts compares Trainyard with it.

Made with scikit-learn 1.2.1 and XGBoost 1.7.4:  python3 make_monotone_reference.py > monotone.json
"""
import json

import numpy as np
import xgboost
from sklearn.ensemble import HistGradientBoostingRegressor

ROWS = np.arange(120)
x = (ROWS * 7) % 40
z = (ROWS * 11) % 13
amount = np.round(np.sin(x / 6) * 4 + x / 8 + np.where(z > 6, 3.0, 0.0) + ((ROWS * 7919) % 101) / 60, 6)
features = np.column_stack([x, z]).astype(float)
# Not deeper: of sides that are held at a bound many cuts score the same, and each program takes another one.
SMALL = dict(learning_rate=0.3, max_depth=2)


def scikit(*directions):
    model = HistGradientBoostingRegressor(
        max_iter=6, min_samples_leaf=4, early_stopping=False, monotonic_cst=list(directions), **SMALL
    )
    return model.fit(features, amount).predict(features)


def xgb(*directions):
    model = xgboost.XGBRegressor(
        n_estimators=6, tree_method='exact', min_child_weight=4, reg_lambda=0, gamma=0,
        base_score=float(amount.mean()), monotone_constraints=tuple(directions), **SMALL,
    )
    return model.fit(features, amount).predict(features)


found = {'scikit_up': scikit(1, 0), 'scikit_down': scikit(-1, 0), 'scikit_both': scikit(1, -1), 'xgboost_up': xgb(1, 0)}
print(
    json.dumps(
        {
            'columns': {'x': x.tolist(), 'z': z.tolist(), 'amount': amount.tolist()},
            'outputs': {name: [round(float(value), 6) for value in values] for name, values in found.items()},
        }
    )
)
