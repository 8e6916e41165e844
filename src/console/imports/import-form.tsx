import { skipToken, useQuery } from '@apollo/client/react';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { fieldErrors } from '../../client/core/index.ts';
import type { ModelImport } from '../../client/react/index.ts';
import { IssueList } from '../datasets/issue-list.tsx';
import { DatasetColumnNamesDocument, DatasetsDocument } from '../gql/graphql.ts';
import { bytes, percent } from '../ui/format.ts';
import { Notice } from '../ui/notice.tsx';
import { ModelFields } from './import-fields.tsx';
import {
  type FieldMessages,
  IMPORT_FIELDS,
  type ImportDataset,
  type ImportValues,
  toImportInput,
} from './import-values.ts';
import { InputFields } from './input-fields.tsx';

interface ImportFormProps {
  readonly dataset: ImportDataset | null;
  readonly imports: ModelImport;
}

/** What the model is to be here, and what was wrong with the last try. */
export function ImportForm({ dataset: own, imports: { state, importModel, abort } }: ImportFormProps) {
  const [values, setValues] = useState<ImportValues>(() => emptyValues(own));
  const change = (next: Partial<ImportValues>) => setValues((before) => ({ ...before, ...next }));
  const listed = useQuery(DatasetsDocument, own === null ? { variables: { filter: { latestOnly: true } } } : skipToken);
  const datasets = own === null ? (listed.data?.datasets?.edges.map(({ node }) => node) ?? []) : [own];
  const dataset = datasets.find(({ id }) => id === values.datasetId) ?? null;
  const columns = useColumnNames(dataset?.id ?? null);
  const areAll = columns !== null && dataset !== null && dataset.columnCount <= columns.length;
  const errors = useErrors(state);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (state.phase === 'FAILED') form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [state.phase]);
  const isBusy = state.phase === 'SENDING' || state.phase === 'READING';
  const isReady = values.file !== null && values.target !== '' && values.name.trim() !== '' && !isBusy;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isReady && values.file !== null) void importModel(values.file, toImportInput(values));
  };
  return (
    <form ref={form} className="form" onSubmit={submit}>
      <ModelFields
        {...{ values, datasets, errors }}
        isOwn={own !== null}
        columns={areAll ? columns : null}
        onChange={change}
      />
      <InputFields {...{ values, columns, areAll }} error={errors.of('features')} onChange={change} />
      <div className="actions">
        <button type="submit" className="primary" aria-disabled={!isReady}>
          Import it
        </button>
        {isBusy && (
          <button type="button" onClick={abort}>
            Stop
          </button>
        )}
        <span className="muted" role="status">
          {state.phase === 'SENDING' && `Sending ${bytes(values.file?.size ?? 0)}: ${percent(state.progress)}`}
          {state.phase === 'READING' && 'Sent; the server reads it …'}
        </span>
      </div>
      <Refusal state={state} others={errors.others} />
    </form>
  );
}

function emptyValues(dataset: ImportDataset | null): ImportValues {
  return {
    ...{ file: null, format: 'XGBOOST_JSON', name: '', datasetId: dataset?.id ?? '', task: 'CLASSIFICATION' },
    ...{ target: dataset?.suggestedTarget ?? '', labels: '', inputNames: null, columnsByInput: {}, columns: '' },
  };
}

/** The names of its columns, the first thousand; null without a dataset, and until they are known. */
function useColumnNames(datasetId: string | null): readonly string[] | null {
  const { data } = useQuery(
    DatasetColumnNamesDocument,
    datasetId === null ? skipToken : { variables: { id: datasetId } },
  );
  const known = data?.dataset;
  return known?.id === datasetId ? (known?.columns.map(({ name }) => name) ?? null) : null;
}

function useErrors(state: ModelImport['state']): FieldMessages {
  const error = state.phase === 'FAILED' ? state.error : null;
  const { byField, hints, others } = fieldErrors(error);
  const messages = new Map<string, string>();
  // Of a list, such as features.3, the whole field is marked.
  for (const [path, message] of Object.entries(byField)) {
    const field = path.split('.')[0] ?? '';
    const all = [messages.get(field), message, hints[path]];
    messages.set(field, all.filter((text) => text !== undefined).join(' '));
  }
  const shown: readonly string[] = IMPORT_FIELDS;
  const rest = [...messages].filter(([field]) => !shown.includes(field)).map(([, message]) => message);
  const hint = others.length > 0 && error?.hint ? [error.hint] : [];
  return { of: (field) => messages.get(field) ?? null, others: [...others, ...hint, ...rest] };
}

/** Below all else: what is above it stays where it is. */
function Refusal({ state, others }: { readonly state: ModelImport['state']; readonly others: readonly string[] }) {
  return (
    <div role="alert">
      {state.phase === 'REFUSED' && (
        <div className="stack">
          <Notice tone="bad">
            <p>The file cannot be used, and nothing of it was stored.</p>
          </Notice>
          <IssueList issues={state.report} />
        </div>
      )}
      {others.length > 0 && (
        <Notice tone="bad">
          {others.map((message) => (
            <p key={message}>{message}</p>
          ))}
        </Notice>
      )}
    </div>
  );
}
