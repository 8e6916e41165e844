import type { DateFeature, DaysFeature, ModelFeature } from '../../runtime/model.ts';
import { DAYS_SINCE, type DatePart } from '../../runtime/values/date-parts.ts';
import type { Column } from '../../tabular/types/column.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { TrainingSet, TrainingTarget } from '../training-set.ts';
import { MONOTONE_LEARNERS, type MonotoneConstraint } from './monotone-constraint.ts';

/** The parts of a date that never fall as it rises. */
const RISING_PARTS: readonly DatePart[] = ['ORDINAL', 'YEAR'];

/** The features of a training, as prepareFeatures finds them. */
interface Features {
  readonly features: readonly ModelFeature[];
  readonly columns: readonly Column[];
  readonly fitted: Pick<TrainingSet, 'features' | 'columns'>;
}

/** What a training must keep to. */
export interface Monotonicity {
  readonly constraints: readonly MonotoneConstraint[];
  /** Of two labels, whether the positive class is the first one, whose probability falls as that of the second rises. */
  readonly isFirstPositive: boolean;
}

/** Throws TrainingDataError for constraints that cannot be kept, before anything is prepared. */
export function checkConstraints(
  constraints: readonly MonotoneConstraint[],
  request: {
    readonly table: { readonly columns: readonly Pick<Column, 'name' | 'storage'>[] };
    readonly target: string;
    readonly features: readonly string[];
    readonly algorithm: string;
  },
): void {
  if (constraints.length === 0) return;
  const { table, target, features, algorithm } = request;
  if (!MONOTONE_LEARNERS.some((name) => name === algorithm)) {
    throw impossible(`${algorithm} takes no monotone constraints`, `choose ${MONOTONE_LEARNERS.join(' or ')}`);
  }
  const directions = new Map<string, MonotoneConstraint['direction']>();
  for (const { column: name, direction } of constraints) {
    const column = table.columns.find((found) => found.name === name);
    if (column === undefined) throw impossible(`there is no column ${name} to constrain`, null);
    if (name === target) throw impossible(`the target ${name} cannot be constrained by itself`, 'leave it out');
    if (column.storage !== 'number') {
      throw impossible(`the texts of ${name} have no order`, 'constrain columns of numbers or dates');
    }
    if (!features.includes(name)) throw impossible(`${name} is not a feature`, 'add it to the features');
    if ((directions.get(name) ?? direction) !== direction) {
      throw impossible(`${name} has two directions`, 'give it one');
    }
    directions.set(name, direction);
  }
}

/**
 * The features, with which way the prediction may go as each rises. Parts of a constrained date that come round again, such as its
 * month, are left out: they fall as the date rises. So are the days between it and another date. Throws TrainingDataError for more than two labels.
 */
export function constrainFeatures<Prepared extends Features>(
  prepared: Prepared,
  target: TrainingTarget,
  { constraints, isFirstPositive }: Monotonicity,
): Prepared & { readonly directions: Int8Array | null } {
  if (constraints.length === 0) return { ...prepared, directions: null };
  const { isKept, directionOf } = constraintsOn(target.task === 'CLASSIFICATION' ? target.labels.length : 0, {
    ...{ constraints, isFirstPositive },
  });
  const kept = [...prepared.features.keys()].filter((f) => isKept(prepared.features[f]!));
  const pick = <Each>(list: readonly Each[]): Each[] => kept.map((f) => list[f]!);
  const features = pick(prepared.features);
  return {
    ...prepared,
    features,
    columns: pick(prepared.columns),
    fitted: { features: pick(prepared.fitted.features), columns: pick(prepared.fitted.columns) },
    directions: Int8Array.from(features, directionOf),
  };
}

/** What constraints make of each feature: whether it is kept, and which way the prediction may go as it rises. */
export function constraintsOn(
  labelCount: number,
  { constraints, isFirstPositive }: Monotonicity,
): { isKept: (feature: ModelFeature) => boolean; directionOf: (feature: ModelFeature) => -1 | 0 | 1 } {
  if (constraints.length > 0 && labelCount > 2) {
    throw impossible(
      `monotone constraints are for numbers and for two labels, and the target has ${labelCount}`,
      'choose another target',
    );
  }
  const rising = labelCount > 0 && isFirstPositive ? -1 : 1;
  const directions = new Map(
    constraints.map(({ column, direction }) => [column, direction === 'INCREASING' ? rising : (-rising as -1 | 1)]),
  );
  return {
    isKept: (feature) => feature.kind !== 'DATETIME' || risesWithItsDates(feature, directions),
    directionOf: ({ name }) => directions.get(name) ?? 0,
  };
}

/** Whether a feature never falls as a date that is constrained rises; true of a date that is not. */
function risesWithItsDates(feature: DateFeature | DaysFeature, directionOf: ReadonlyMap<string, number>): boolean {
  if (feature.part === DAYS_SINCE) return !directionOf.has(feature.name) && !directionOf.has(feature.since.name);
  return !directionOf.has(feature.name) || RISING_PARTS.includes(feature.part);
}

function impossible(message: string, hint: string | null): TrainingDataError {
  return new TrainingDataError('MONOTONE_IMPOSSIBLE', message, hint);
}
