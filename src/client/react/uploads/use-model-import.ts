import { useCallback, useRef } from 'react';
import { IdempotencyKeys } from '../../core/idempotency-key.ts';
import {
  ImportModelDocument,
  type ImportModelInput,
  type ImportModelMutation,
  type IssueFieldsFragment,
} from '../../operations/operations.ts';
import { useTrainyard } from '../provider.ts';
import { type FileRequestState, useFileRequest } from './use-file-request.ts';

/** A model that was imported, and the run that evaluates it. */
export type ImportedArtifact = NonNullable<NonNullable<ImportModelMutation['importModel']>['artifact']>;

type Outcome =
  /** The file cannot be used; the report says why, and nothing is stored. */
  | { readonly phase: 'REFUSED'; readonly report: readonly IssueFieldsFragment[] }
  /** The model can predict. `report`: what is to be known of it. */
  | { readonly phase: 'DONE'; readonly artifact: ImportedArtifact; readonly report: readonly IssueFieldsFragment[] };

/** How an import is. */
export type ModelImportState = FileRequestState | Outcome;

export interface ModelImport {
  readonly state: ModelImportState;
  /**
   * Makes a model of a file of XGBoost or LightGBM. An import that is in flight is aborted. The same that is sent again after a lost
   * answer makes no second model.
   */
  readonly importModel: (file: File, input: Omit<ImportModelInput, 'idempotencyKey'>) => Promise<ModelImportState>;
  /** Ends what is in flight; nothing of the file is kept. */
  readonly abort: () => void;
}

/** Imports models that were trained elsewhere, one at a time. */
export function useModelImport(): ModelImport {
  const client = useTrainyard();
  const { state, start, abort } = useFileRequest<Outcome>();
  const keys = useRef(new IdempotencyKeys());
  const importModel = useCallback<ModelImport['importModel']>(
    (file, request) =>
      start(file, async (options) => {
        const idempotencyKey = keys.current.keyFor([file.name, file.size, file.lastModified, request]);
        const variables = { file, input: { ...request, idempotencyKey } };
        const answer = (await client.request(ImportModelDocument, variables, options)).importModel;
        if (answer === null) throw new TypeError('An import without an error has a payload.');
        const { artifact, report } = answer;
        if (artifact === null) return { phase: 'REFUSED', report };
        keys.current.use();
        return { phase: 'DONE', artifact, report };
      }),
    [client, start],
  );
  return { state, importModel, abort };
}
