import { badInput } from '../../errors.ts';
import type { SearchPlan } from '../../ml/auto/plan/executed-plan.ts';
import { PlanError, parseSearchPlan } from '../../ml/auto/plan/parse-plan.ts';
import type { AlgorithmName } from '../../ml/registry.ts';

/** The plan that AUTO is to carry out; null for none. Throws BAD_USER_INPUT. */
export function planSearch(given: unknown, algorithm: AlgorithmName): SearchPlan | null {
  if (given === null || given === undefined) return null;
  if (algorithm !== 'AUTO') {
    throw badInput('input.plan', `A plan is for AUTO, not for ${algorithm}.`, 'Leave plan out.');
  }
  try {
    return parseSearchPlan(given);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    throw badInput('input.plan', `${error.message}.`, 'Take the plan from the model card of an AUTO run.');
  }
}
