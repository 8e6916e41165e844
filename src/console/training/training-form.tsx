import { useQuery } from '@apollo/client/react';
import { type SubmitEvent, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import type { Algorithm, AlgorithmName } from '../../client/core/index.ts';
import type { TrainingForm as Form, TrainingFormValues } from '../../client/react/index.ts';
import { DatasetColumnNamesDocument, type DatasetQuery } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { counted, words } from '../ui/format.ts';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { AdvancedFields } from './advanced-fields.tsx';
import { AlgorithmChoice } from './algorithm-choice.tsx';
import { EngineField } from './engine-field.tsx';
import { featuresOf, type NamedColumn } from './feature-fields.tsx';
import { type AddressedForm, useAddressedForm } from './form-address.ts';

type Dataset = NonNullable<DatasetQuery['dataset']>;

/** The form to start a training: all has a default but the target, where no column looks like one. */
export function TrainingForm({ dataset }: { readonly dataset: Dataset }) {
  const form = useAddressedForm(dataset.id, dataset.suggestedTarget);
  const columns = useQuery(DatasetColumnNamesDocument, { variables: { id: dataset.id } });
  const names = columns.data?.dataset?.columns;
  if (form.algorithms === null || !names) return <ErrorNotice error={form.loadingError ?? columns.error} />;
  return <Fields dataset={dataset} form={form} columns={names} />;
}

interface FieldsProps {
  readonly dataset: Dataset;
  readonly form: AddressedForm;
  readonly columns: readonly NamedColumn[];
}

function Fields({ dataset, form, columns }: FieldsProps) {
  const { algorithms, algorithm, values, setValues, errors, isSubmitting } = form;
  const target = values.target ?? '';
  const [beside, setBeside] = useAddress('beside', 'LINEAR');
  const suggestsLinear = algorithm?.name !== 'LINEAR' && (algorithms?.some(({ name }) => name === 'LINEAR') ?? false);
  const hasLinear = suggestsLinear && beside === 'LINEAR';
  // Of columns that are too many to be shown, the server chooses.
  const choice = dataset.columnCount > columns.length ? null : form.choice;
  const features = choice && featuresOf(columns, values, choice);
  const start = useStart(form, { features }, hasLinear ? ['LINEAR'] : []);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (dataset.suggestedTarget !== null) button.current?.focus();
  }, [dataset.suggestedTarget]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isSubmitting && target !== '') start();
  };
  return (
    <form className="form" onSubmit={submit}>
      <FewRows dataset={dataset} />
      <TargetField
        dataset={dataset}
        columns={columns}
        value={target}
        error={errors.byField['target'] ?? null}
        onChange={(next) => setValues({ target: next })}
      />
      <AlgorithmChoice
        algorithms={algorithms ?? []}
        value={algorithm?.name ?? null}
        onChange={(name) => setValues({ algorithm: name, ...engineFor(algorithms ?? [], name) })}
      />
      <EngineField form={form} />
      {suggestsLinear && (
        <label className="check">
          <input
            type="checkbox"
            checked={hasLinear}
            onChange={(event) => setBeside(event.target.checked ? 'LINEAR' : 'none')}
          />
          Also train Linear, to see whether a simpler model does as well
        </label>
      )}
      <AdvancedFields form={form} columns={columns} choice={choice} />
      <OtherErrors errors={errors} />
      <div className="actions">
        <button ref={button} type="submit" className="primary" aria-disabled={isSubmitting || target === ''}>
          Start training
        </button>
        <span className="muted">
          {counted(dataset.rowCount, 'row')}; {words(values.split?.strategy ?? 'RANDOM').toLowerCase()} split
        </span>
      </div>
    </form>
  );
}

/** Hosts were chosen for another algorithm, which they can train. */
function engineFor(algorithms: readonly Algorithm[], name: AlgorithmName): TrainingFormValues {
  const chosen = algorithms.find((each) => each.name === name);
  return chosen?.engines.includes('DISTRIBUTED') ? {} : { engine: null };
}

/** That the dataset has too few rows to train on, where the server said so. */
function FewRows({ dataset }: { readonly dataset: Dataset }) {
  const found = dataset.issues.find(({ code }) => code === 'CSV_TOO_FEW_ROWS');
  if (found === undefined) return null;
  return (
    <Notice tone="warn">
      <p>{found.message}</p>
      <p>{found.hint}</p>
    </Notice>
  );
}

interface TargetFieldProps {
  readonly dataset: Dataset;
  /** All of them, or as many as the server gives at once. */
  readonly columns: readonly NamedColumn[];
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (target: string) => void;
}

function TargetField({ dataset: { columnCount, suggestedTarget }, columns, value, error, onChange }: TargetFieldProps) {
  const label = 'Column to predict';
  const hint = suggestedTarget === null ? 'No column looks like a target.' : `Suggested: ${suggestedTarget}`;
  if (columnCount > columns.length) {
    return <TextField label={label} value={value} onChange={onChange} hint={`${hint} Its exact name.`} error={error} />;
  }
  const options = columns.map(({ name }) => [name, name] as const);
  return (
    <SelectField
      label={label}
      value={value}
      onChange={onChange}
      options={value === '' ? [['', 'Choose a column'], ...options] : options}
      hint={hint}
      error={error}
    />
  );
}

/** The fields that show their own errors. */
const SHOWN = /^(target|engine|split|positiveClass|parameters|features|weightColumn|monotone)(\.|$)/;

function OtherErrors({ errors: { byField, others } }: { readonly errors: Form['errors'] }) {
  const rest = Object.entries(byField).filter(([field]) => !SHOWN.test(field));
  const messages = [...others, ...rest.map(([, message]) => message)];
  if (messages.length === 0) return null;
  return (
    <div role="alert">
      <Notice tone="bad">
        {messages.map((message) => (
          <p key={message}>{message}</p>
        ))}
      </Notice>
    </div>
  );
}

/** Starts a run, and perhaps one with another algorithm beside it; then shows the first. */
function useStart({ submitBeside }: Form, more: TrainingFormValues, beside: readonly AlgorithmName[]): () => void {
  const [, navigate] = useLocation();
  return () => {
    void submitBeside(beside, more).then((runs) => {
      const [first, second] = runs ?? [];
      if (first !== undefined) navigate(`/runs/${first.id}${second === undefined ? '' : `?beside=${second.id}`}`);
    });
  };
}
