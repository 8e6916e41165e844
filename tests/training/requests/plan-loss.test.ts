import { expect, test } from 'vitest';
import { resolveParameters } from '../../../src/ml/parameters/parameters.ts';
import { checkLoss, withLoss } from '../../../src/training/requests/plan-loss.ts';
import { errorOf } from '../../support/error-of.ts';

test('a loss of numbers is refused for labels, the loss of labels for numbers, and a quantile without its loss', () => {
  expect(errorOf(() => checkLoss({ loss: 'POISSON' }, 'CLASSIFICATION'))).toMatchObject({
    code: 'BAD_USER_INPUT',
    message: 'The loss POISSON is not for CLASSIFICATION.',
  });
  expect(errorOf(() => checkLoss({ loss: 'LOG_LOSS' }, 'REGRESSION'))).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(errorOf(() => checkLoss({ quantile: 0.9 }, 'REGRESSION'))).toMatchObject({ code: 'BAD_USER_INPUT' });
  checkLoss({ loss: 'QUANTILE', quantile: 0.9 }, 'REGRESSION');
  checkLoss({ loss: 'LOG_LOSS' }, 'CLASSIFICATION');
  checkLoss({}, 'REGRESSION');
});

test('the loss that is meant is stored with the run, for an algorithm that takes one', () => {
  const given = resolveParameters('GRADIENT_BOOSTING', {});
  expect(withLoss(given, 'CLASSIFICATION')).toMatchObject({ loss: 'LOG_LOSS', quantile: null });
  expect(withLoss(given, 'REGRESSION')).toMatchObject({ loss: 'SQUARED', quantile: null });
  const quantile = resolveParameters('GRADIENT_BOOSTING', { loss: 'QUANTILE' });
  expect(withLoss(quantile, 'REGRESSION')).toMatchObject({ loss: 'QUANTILE', quantile: 0.5 });
  expect(withLoss(resolveParameters('DECISION_TREE', {}), 'REGRESSION')).toEqual(
    resolveParameters('DECISION_TREE', {}),
  );
});
