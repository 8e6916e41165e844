import { useSearchParams } from 'wouter';
import type {
  AlgorithmName,
  MonotoneInput,
  SplitInput,
  SplitStrategy,
  TrainingEngine,
} from '../../client/core/index.ts';
import { type TrainingForm, type TrainingFormValues, useTrainingForm } from '../../client/react/index.ts';
import type { FeatureChoice } from './feature-fields.tsx';

/** Before the name of a parameter. */
const PARAMETER = 'parameters.';

/** The columns that predictions rise with, and those that they fall with, one entry each. */
const RISING = 'rising';
const FALLING = 'falling';

/** The columns that are left out, and those of free text that take part, one entry each. */
const LEFT_OUT = 'without';
const TEXTS = 'text';

export const SPLIT_STRATEGIES: readonly (readonly [SplitStrategy, string])[] = [
  ['RANDOM', 'At random'],
  ['LAST', 'The last rows of the file'],
  ['INTERLEAVED', 'Every k-th row'],
  ['TIME', 'The latest rows by a column'],
  ['GROUP', 'At random, groups of a column together'],
  ['COLUMN', 'Rows that a column names “test”'],
];

const ENGINES: readonly TrainingEngine[] = ['LOCAL', 'DISTRIBUTED'];

/** What the form begins with: it needs no choice of its own, and finds out which of the others does best. */
export const SUGGESTED_ALGORITHM: AlgorithmName = 'AUTO';

export interface AddressedForm extends TrainingForm {
  readonly choice: FeatureChoice;
}

/**
 * The form to start a training, with all that is chosen in the address: reloaded or passed on, it is the same form. What has its
 * default is left out.
 */
export function useAddressedForm(datasetId: string, suggestedTarget: string | null): AddressedForm {
  const [params, setParams] = useSearchParams();
  const form = useTrainingForm(datasetId, valuesOf(params, suggestedTarget), parameterTextsOf(params), {
    suggestedAlgorithm: SUGGESTED_ALGORITHM,
  });
  const write = (change: (next: URLSearchParams) => void) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        change(next);
        return next;
      },
      { replace: true },
    );
  return {
    ...form,
    setValues: (change) => {
      form.setValues(change);
      write((next) => putValues(next, change, suggestedTarget));
    },
    setParameter: (name, text) => {
      form.setParameter(name, text);
      write((next) => put(next, `${PARAMETER}${name}`, text));
    },
    choice: {
      leftOut: params.getAll(LEFT_OUT),
      leaveOut: (names) => write((next) => putAll(next, LEFT_OUT, names)),
      texts: params.getAll(TEXTS),
      takeTexts: (names) => write((next) => putAll(next, TEXTS, names)),
    },
  };
}

function valuesOf(params: URLSearchParams, suggestedTarget: string | null): TrainingFormValues {
  const target = params.get('target') ?? suggestedTarget;
  const algorithm = params.get('algorithm') as AlgorithmName | null;
  const engine = ENGINES.find((name) => name === params.get('engine'));
  const positiveClass = params.get('positiveClass');
  const weightColumn = params.get('weightColumn');
  const monotone = monotoneOf(params);
  const split = splitOf(params);
  return {
    ...(target === null ? {} : { target }),
    ...(algorithm === null ? {} : { algorithm }),
    ...(engine === undefined ? {} : { engine }),
    ...(positiveClass === null ? {} : { positiveClass }),
    ...(weightColumn === null ? {} : { weightColumn }),
    ...(monotone.length === 0 ? {} : { monotone }),
    ...(split === null ? {} : { split }),
    ...(params.get('refit') === 'true' ? { refit: true } : {}),
  };
}

function splitOf(params: URLSearchParams): SplitInput | null {
  const strategy = SPLIT_STRATEGIES.map(([name]) => name).find((name) => name === params.get('split'));
  const column = params.get('splitColumn');
  const testFraction = numberOf(params.get('testFraction'));
  const seed = numberOf(params.get('seed'));
  const split = {
    ...(strategy === undefined ? {} : { strategy }),
    ...(column === null ? {} : { column }),
    ...(testFraction === null ? {} : { testFraction }),
    ...(seed === null ? {} : { seed }),
  };
  return Object.keys(split).length === 0 ? null : split;
}

function monotoneOf(params: URLSearchParams): MonotoneInput[] {
  const rising = params.getAll(RISING).map((column): MonotoneInput => ({ column, direction: 'INCREASING' }));
  const falling = params.getAll(FALLING).map((column): MonotoneInput => ({ column, direction: 'DECREASING' }));
  return [...rising, ...falling];
}

function parameterTextsOf(params: URLSearchParams): Record<string, string> {
  const own = [...params].filter(([name]) => name.startsWith(PARAMETER));
  return Object.fromEntries(own.map(([name, text]) => [name.slice(PARAMETER.length), text]));
}

function numberOf(text: string | null): number | null {
  return text === null || text === '' || !Number.isFinite(Number(text)) ? null : Number(text);
}

/** Only those that were changed; which columns are learned from follows from those that are left out. */
function putValues(next: URLSearchParams, change: TrainingFormValues, suggestedTarget: string | null): void {
  if ('target' in change) put(next, 'target', change.target === suggestedTarget ? null : change.target);
  if ('algorithm' in change) put(next, 'algorithm', change.algorithm);
  if ('engine' in change) put(next, 'engine', change.engine);
  if ('positiveClass' in change) put(next, 'positiveClass', change.positiveClass);
  if ('weightColumn' in change) put(next, 'weightColumn', change.weightColumn);
  if ('monotone' in change) {
    for (const name of [RISING, FALLING]) next.delete(name);
    for (const { column, direction } of change.monotone ?? []) {
      next.append(direction === 'INCREASING' ? RISING : FALLING, column);
    }
  }
  if ('refit' in change) put(next, 'refit', change.refit ? 'true' : null);
  if (!('split' in change)) return;
  const { strategy, column, testFraction, seed } = change.split ?? {};
  put(next, 'split', strategy === 'RANDOM' ? null : strategy);
  put(next, 'splitColumn', column);
  put(next, 'testFraction', testFraction);
  put(next, 'seed', seed);
}

function putAll(next: URLSearchParams, name: string, values: readonly string[]): void {
  next.delete(name);
  for (const value of values) next.append(name, value);
}

function put(next: URLSearchParams, name: string, value: string | number | null | undefined): void {
  if (value === null || value === undefined || value === '') next.delete(name);
  else next.set(name, String(value));
}
