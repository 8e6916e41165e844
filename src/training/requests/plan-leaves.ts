import { badInput } from '../../errors.ts';
import type { Task } from '../../ml/task.ts';

/** Throws BAD_USER_INPUT where leaves with slopes are asked for, and cannot be: they are fitted to squared errors, and keep no order. */
export function checkLinearLeaves(
  { linearLeaves, loss }: Readonly<Record<string, unknown>>,
  task: Task,
  isConstrained: boolean,
): void {
  if (linearLeaves !== true) return;
  const refuse = (reason: string) =>
    badInput('input.parameters.linearLeaves', `linearLeaves ${reason}.`, 'Leave linearLeaves out.');
  if (task === 'CLASSIFICATION') throw refuse('is for REGRESSION only');
  if (typeof loss === 'string' && loss !== 'SQUARED') throw refuse(`is for the loss SQUARED only, not ${loss}`);
  if (isConstrained) throw refuse('cannot be combined with monotone constraints');
}
