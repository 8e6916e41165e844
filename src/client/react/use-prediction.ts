import { useCallback, useState } from 'react';
import type { TrainyardError } from '../core/errors.ts';
import { PredictDocument, type PredictQuery } from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { type Action, useAction } from './use-action.ts';

/** What a model says of some rows. */
export type Predictions = NonNullable<PredictQuery['predict']>;

/** The model that is asked: by its id, or by an alias such as `champion`. */
export type ModelChoice = { readonly artifactId: string } | { readonly alias: string };

export interface PredictionForm {
  /** The outcome of the last prediction that succeeded. */
  readonly result: Predictions | null;
  /** Values by the names of columns; at most 1,000 rows. */
  readonly predict: Action<[rows: readonly Record<string, unknown>[]], Predictions | null>['run'];
  readonly isPredicting: boolean;
  readonly error: TrainyardError | null;
}

/** How many columns explain a prediction. */
const CONTRIBUTIONS = 5;

/** Asks a model about rows. */
export function usePrediction(model: ModelChoice): PredictionForm {
  const client = useTrainyard();
  const [result, setResult] = useState<Predictions | null>(null);
  const artifactId = 'artifactId' in model ? model.artifactId : null;
  const alias = 'alias' in model ? model.alias : null;
  const action = useAction(
    useCallback(
      async (rows: readonly Record<string, unknown>[]) => {
        const variables = { artifactId, alias, rows: [...rows], contributions: CONTRIBUTIONS };
        const { predict } = await client.request(PredictDocument, variables);
        setResult(predict);
        return predict;
      },
      [client, artifactId, alias],
    ),
  );
  return { result, predict: action.run, isPredicting: action.isRunning, error: action.error };
}
