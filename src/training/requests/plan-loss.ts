import { badInput } from '../../errors.ts';
import type { Parameters } from '../../ml/parameters/parameters.ts';
import type { Task } from '../../ml/task.ts';

const DEFAULT_LOSSES = { CLASSIFICATION: 'LOG_LOSS', REGRESSION: 'SQUARED' } as const;

/** Throws BAD_USER_INPUT for a loss that is not for the task, and a quantile without the loss that it belongs to. */
export function checkLoss({ loss, quantile }: Readonly<Record<string, unknown>>, task: Task): void {
  const wanted = typeof loss === 'string' ? loss : DEFAULT_LOSSES[task];
  if ((wanted === 'LOG_LOSS') !== (task === 'CLASSIFICATION')) {
    throw badInput(
      'input.parameters.loss',
      `The loss ${wanted} is not for ${task}.`,
      task === 'CLASSIFICATION' ? 'Leave loss out.' : 'Choose SQUARED, POISSON or QUANTILE.',
    );
  }
  if (wanted === 'QUANTILE' || quantile === undefined || quantile === null) return;
  throw badInput('input.parameters.quantile', 'quantile is for the loss QUANTILE only.', 'Set loss to QUANTILE.');
}

/** The parameters with the loss that is meant where none is given, for an algorithm that takes one. */
export function withLoss(parameters: Parameters, task: Task): Parameters {
  if (!('loss' in parameters)) return parameters;
  const loss = parameters['loss'] ?? DEFAULT_LOSSES[task];
  return { ...parameters, loss, quantile: loss === 'QUANTILE' ? (parameters['quantile'] ?? 0.5) : null };
}
