import { spawnSync } from 'node:child_process';

const CANDIDATES = [process.env['XGBOOST_PYTHON'], 'python3', '/usr/bin/python3'].filter((each) => each !== undefined);

/** A Python with numpy and xgboost; null: this machine has none, and tests that need it are skipped. */
export const XGBOOST_PYTHON =
  CANDIDATES.find((python) => spawnSync(python, ['-c', 'import numpy, xgboost']).status === 0) ?? null;

/** For the titles of such tests. */
export const WITHOUT_XGBOOST =
  XGBOOST_PYTHON === null ? ' (skipped: there is no python3 with xgboost; Debian: python3-xgboost)' : '';
