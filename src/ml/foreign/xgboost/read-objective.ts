import { MAX_CLASSES } from '../foreign-limits.ts';
import type { ForeignLink } from '../foreign-model.ts';
import { ForeignModelError } from '../foreign-model-error.ts';
import { countAt, failAt, fieldAt, fieldOf, type Located, optionalCount, textAt } from '../foreign-values.ts';

/** What an objective says of a model's outputs. */
export interface ForeignObjective {
  readonly objective: string;
  readonly link: ForeignLink;
  readonly marginCount: number;
  readonly startMargins: Float64Array;
}

/** The objectives whose predictions a model file can carry; docs/importing-models.md has the table. */
export const XGBOOST_LINKS: Readonly<Record<string, ForeignLink>> = {
  'reg:squarederror': 'IDENTITY',
  // The name of the same before version 1.
  'reg:linear': 'IDENTITY',
  'reg:squaredlogerror': 'IDENTITY',
  'reg:pseudohubererror': 'IDENTITY',
  'reg:absoluteerror': 'IDENTITY',
  'reg:quantileerror': 'IDENTITY',
  'count:poisson': 'LOG',
  'reg:gamma': 'LOG',
  'reg:tweedie': 'LOG',
  'binary:logistic': 'LOGIT',
  'reg:logistic': 'LOGIT',
  'multi:softprob': 'SOFTMAX',
  'multi:softmax': 'SOFTMAX',
};

/** Why the others are refused. */
const REFUSED: readonly (readonly [prefix: string, reason: string])[] = [
  ['rank:', 'it orders the rows of a group, and predicts neither a value nor a class'],
  ['survival:', 'it predicts a risk or a time of survival under censoring'],
  ['binary:logitraw', 'its predictions are margins, whose start differs between versions: train with binary:logistic'],
  ['binary:hinge', 'it predicts no probabilities: train with binary:logistic'],
];

/** Reads the objective and where its margins begin. Throws ForeignModelError for one whose predictions a model file cannot carry. */
export function readObjective(learner: Located): ForeignObjective {
  const parameters = fieldOf(learner, 'learner_model_param');
  const name = fieldAt(learner, 'objective', 'name');
  const objective = textAt(name);
  const link = Object.hasOwn(XGBOOST_LINKS, objective) ? XGBOOST_LINKS[objective] : undefined;
  if (link === undefined) {
    const reason = REFUSED.find(([prefix]) => objective.startsWith(prefix))?.[1] ?? 'it is none that is known';
    throw new ForeignModelError(
      'UNSUPPORTED',
      name.path,
      `the objective ${JSON.stringify(objective.slice(0, 100))} is not supported: ${reason}`,
    );
  }
  const targets = fieldOf(parameters, 'num_target');
  if (optionalCount(targets, 1) > 1) {
    throw new ForeignModelError('UNSUPPORTED', targets.path, 'models of several targets are not supported');
  }
  const classes = fieldOf(parameters, 'num_class');
  const classCount = countAt(classes);
  if (link === 'SOFTMAX' ? classCount < 2 : classCount > 1) {
    failAt(classes, link === 'SOFTMAX' ? 'at least 2' : 'at most 1 with this objective');
  }
  if (classCount > MAX_CLASSES) {
    throw new ForeignModelError('TOO_LARGE', classes.path, `at most ${MAX_CLASSES} classes`);
  }
  const marginCount = link === 'SOFTMAX' ? classCount : 1;
  return {
    objective,
    link,
    marginCount,
    startMargins: startMarginsAt(fieldOf(parameters, 'base_score'), link, marginCount),
  };
}

/** Before version 3.1 the start is one number (`5E-1`), since then a list (`[5E-1]`), of predictions and not of margins. */
function startMarginsAt(field: Located, link: ForeignLink, marginCount: number): Float64Array {
  const text = textAt(field);
  const list = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1).split(',') : [text];
  if (list.length !== 1 && list.length !== marginCount) failAt(field, `one number or ${marginCount}`);
  const starts = list.map((each) => startOf(each.trim(), link, field));
  return Float64Array.from({ length: marginCount }, (_, k) => starts[k % starts.length]!);
}

const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function startOf(text: string, link: ForeignLink, field: Located): number {
  const score = FLOAT.test(text) && text.length < 100 ? Math.fround(Number(text)) : Number.NaN;
  const start = link === 'LOG' ? Math.log(score) : link === 'LOGIT' ? -Math.log(1 / score - 1) : score;
  if (Number.isFinite(start)) return start;
  return failAt(field, link === 'LOGIT' ? 'between 0 and 1' : link === 'LOG' ? 'above 0' : 'a finite number');
}
