import { useCallback, useMemo, useRef, useState } from 'react';
import { type FieldErrors, fieldErrors, type TrainyardError } from '../core/errors.ts';
import { IdempotencyKeys } from '../core/idempotency-key.ts';
import { type Algorithm, castParameters, type ParameterSpec } from '../core/parameters.ts';
import {
  type AlgorithmName,
  AlgorithmsDocument,
  type RunFieldsFragment,
  StartTrainingDocument,
  type StartTrainingInput,
} from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { useAction } from './use-action.ts';
import { useLoaded } from './use-loaded.ts';

/** What a form holds: the input of startTraining, with the parameters as texts. Whatever is left out has its default. */
export type TrainingFormValues = Omit<StartTrainingInput, 'datasetId' | 'idempotencyKey' | 'parameters'>;

export interface TrainingForm {
  /** The algorithms that this server has enabled; null until they are known. */
  readonly algorithms: readonly Algorithm[] | null;
  /** The chosen algorithm, or else the suggested one, or else the server's default. */
  readonly algorithm: Algorithm | null;
  /** The parameters of that algorithm. */
  readonly parameters: readonly ParameterSpec[];
  readonly values: TrainingFormValues;
  /** What the user has written, by the name of the parameter. */
  readonly parameterTexts: Readonly<Record<string, string>>;
  readonly setValues: (change: TrainingFormValues) => void;
  readonly setParameter: (name: string, text: string) => void;
  /** Messages by field, such as `target` or `parameters.maxDepth`, of the form itself or of the server. */
  readonly errors: FieldErrors;
  /** Why the algorithms could not be fetched. */
  readonly loadingError: TrainyardError | null;
  /** Starts the training; null if something is wrong, which `errors` then says. Sent again after a lost answer, it starts none twice. */
  readonly submit: () => Promise<RunFieldsFragment | null>;
  /**
   * As `submit`, and trains the same beside it with other algorithms and their defaults, to see whether a simpler model does as
   * well. `more` are values that are no part of the form. Gives the run of the form, then those of the others; null if one could
   * not be started.
   */
  readonly submitBeside: (
    others: readonly AlgorithmName[],
    more?: TrainingFormValues,
  ) => Promise<readonly RunFieldsFragment[] | null>;
  readonly isSubmitting: boolean;
}

export interface TrainingFormOptions {
  /** What is chosen where nobody has: the server's default, unless this one is enabled there. */
  readonly suggestedAlgorithm?: AlgorithmName | null;
}

/** A form to start a training on a dataset. What it begins with counts only at first. */
export function useTrainingForm(
  datasetId: string,
  initial: TrainingFormValues = {},
  initialParameterTexts: Readonly<Record<string, string>> = {},
  { suggestedAlgorithm = null }: TrainingFormOptions = {},
): TrainingForm {
  const client = useTrainyard();
  const [values, setAll] = useState(initial);
  const [parameterTexts, setTexts] = useState(initialParameterTexts);
  const [castErrors, setCastErrors] = useState<Readonly<Record<string, string>>>({});
  const keys = useRef(new IdempotencyKeys());
  const loaded = useLoaded('algorithms', async (signal) => {
    const { algorithms } = await client.request(AlgorithmsDocument, {}, { signal });
    return algorithms?.filter(({ enabled }) => enabled) ?? [];
  });
  const algorithms = loaded.data;
  const isSuggested = algorithms?.some(({ name }) => name === suggestedAlgorithm) ?? false;
  const wanted = values.algorithm ?? (isSuggested ? suggestedAlgorithm : null);
  const algorithm = algorithms?.find(({ name, isDefault }) => (wanted === null ? isDefault : name === wanted));
  const { run, isRunning, error } = useAction(
    useCallback(
      async (inputs: readonly StartTrainingInput[]) => {
        const key = keys.current.keyFor(inputs);
        const runs: RunFieldsFragment[] = [];
        for (const [index, input] of inputs.entries()) {
          const idempotencyKey = index === 0 ? key : `${key}-${index}`;
          const { startTraining } = await client.request(StartTrainingDocument, {
            input: { ...input, idempotencyKey },
          });
          if (startTraining !== null) runs.push(startTraining);
        }
        keys.current.use();
        return runs;
      },
      [client],
    ),
  );
  const submitBeside = async (others: readonly AlgorithmName[], more: TrainingFormValues = {}) => {
    const all = { ...values, ...(wanted === null ? {} : { algorithm: wanted }), ...more, datasetId };
    const { parameters, errors } = castParameters(algorithm?.parameters ?? [], parameterTexts);
    setCastErrors(errors);
    if (Object.keys(errors).length > 0) return null;
    // Constraints and the engine are for the algorithm that they were chosen for: others may not take them.
    const { monotone: _monotone, engine: _engine, ...shared } = all;
    const beside = others.map((other) => ({ ...shared, algorithm: other }));
    return await run([{ ...all, parameters }, ...beside]);
  };
  return {
    algorithms,
    algorithm: algorithm ?? null,
    parameters: algorithm?.parameters ?? [],
    values,
    parameterTexts,
    setValues: useCallback((change) => setAll((before) => ({ ...before, ...change })), []),
    setParameter: useCallback((name, text) => setTexts((before) => ({ ...before, [name]: text })), []),
    errors: useMemo(() => allErrors(castErrors, error), [castErrors, error]),
    loadingError: loaded.error,
    submit: async () => (await submitBeside([]))?.[0] ?? null,
    submitBeside,
    isSubmitting: isRunning,
  };
}

/** Those of the form come before anything is sent, so that those of the server are of an earlier sending. */
function allErrors(castErrors: Readonly<Record<string, string>>, error: TrainyardError | null): FieldErrors {
  const own = Object.entries(castErrors).map(([name, message]) => [`parameters.${name}`, message] as const);
  return own.length > 0 ? { byField: Object.fromEntries(own), hints: {}, others: [] } : fieldErrors(error);
}
