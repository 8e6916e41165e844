import type { Config } from '../../config.ts';
import type { ColumnOutline, DatasetRow } from '../../datasets/dataset.store.ts';
import { badInput, TrainyardError } from '../../errors.ts';
import { foldCount } from '../../ml/folds/folds-parameter.ts';
import type { TrainingEngine } from '../distributed/engine.ts';
import { type LiveHosts, missingHosts } from '../distributed/hosts/live-hosts.ts';
import type { PlannedRun } from '../runs/training-run.store.ts';

/** What the choice of an engine depends on. */
export type EnginePlan = Pick<PlannedRun, 'algorithm' | 'parameters' | 'features' | 'refit'>;

const LOCALLY = 'Leave engine out, or set it to LOCAL.';

/**
 * Where a training is to run. Several hosts are chosen where they are asked for, and by default for a table that is too large for one.
 * Throws BAD_USER_INPUT for what they cannot train, and ENGINE_UNAVAILABLE where there are too few of them, if they were asked for.
 */
export async function planEngine(
  requested: TrainingEngine | null,
  plan: EnginePlan,
  dataset: Pick<DatasetRow, 'rowCount'>,
  columns: readonly ColumnOutline[],
  hosts: Pick<LiveHosts, 'list'>,
  { SINGLE_HOST_CELLS }: Pick<Config, 'SINGLE_HOST_CELLS'>,
): Promise<TrainingEngine> {
  if (requested === 'LOCAL') return 'LOCAL';
  if (requested === null) {
    const isLarge = dataset.rowCount * plan.features.length > SINGLE_HOST_CELLS;
    if (!isLarge || localReason(plan, columns) !== null) return 'LOCAL';
    return missingHosts(await hosts.list()) === null ? 'DISTRIBUTED' : 'LOCAL';
  }
  const refusal = localReason(plan, columns);
  if (refusal !== null) throw refusal;
  await requireHosts(hosts);
  return 'DISTRIBUTED';
}

/** Throws ENGINE_UNAVAILABLE, which says what is missing. */
export async function requireHosts(hosts: Pick<LiveHosts, 'list'>): Promise<void> {
  const missing = missingHosts(await hosts.list());
  if (missing === null) return;
  throw new TrainyardError('ENGINE_UNAVAILABLE', missing, { argument: 'input.engine', hint: LOCALLY });
}

/** Why several hosts cannot carry a plan out; null where they can. */
function localReason(
  { algorithm, parameters, features, refit }: EnginePlan,
  columns: readonly ColumnOutline[],
): TrainyardError | null {
  if (algorithm !== 'GRADIENT_BOOSTING') {
    return badInput('input.engine', `Only GRADIENT_BOOSTING is trained on several hosts, not ${algorithm}.`, LOCALLY);
  }
  const refused = (argument: string, what: string) =>
    badInput(argument, `The engine DISTRIBUTED ${what}.`, 'Leave it out, or set engine to LOCAL.');
  if (foldCount(parameters) > 0) return refused('input.parameters.folds', 'makes no folds');
  if (refit) return refused('input.refit', 'fits no second model to all rows');
  if (parameters['sharedTrees'] === true) {
    return refused('input.parameters.sharedTrees', 'grows a tree for each label, and no shared ones');
  }
  if (parameters['randomThresholds'] === true) {
    return refused('input.parameters.randomThresholds', 'tries no random thresholds');
  }
  if (parameters['linearLeaves'] === true) {
    return refused('input.parameters.linearLeaves', 'has leaves of one number, and none with slopes');
  }
  if (parameters['loss'] === 'QUANTILE') {
    return refused('input.parameters.loss', 'has no pinball loss, which QUANTILE is');
  }
  const names = new Set(features);
  const text = columns.find(({ name, kind }) => kind === 'TEXT' && names.has(name));
  return text === undefined ? null : refused('input.features', `reads no free text, which "${text.name}" is`);
}
