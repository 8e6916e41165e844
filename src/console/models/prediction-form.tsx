import { type SubmitEvent, useEffect, useState } from 'react';
import { useSearchParams } from 'wouter';
import { usePrediction } from '../../client/react/index.ts';
import type { ModelQuery } from '../gql/graphql.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { decimal } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { PredictionResult } from './prediction-result.tsx';

type Inputs = NonNullable<ModelQuery['artifact']>['inputs'];
type Values = Readonly<Record<string, string>>;

/** What stands for a missing value in a choice. */
const MISSING = '';

interface PredictionFormProps {
  readonly id: string;
  readonly inputs: Inputs;
  readonly target: string | null;
}

/** A value for each column that the model reads; the address has the row, once it was asked. */
export function PredictionForm({ id, inputs, target }: PredictionFormProps) {
  const [params, setParams] = useSearchParams();
  const [values, setValues] = useState<Values>(() => ({ ...typicalRow(inputs), ...rowOf(params) }));
  const { result, predict: ask, isPredicting, error } = usePrediction({ artifactId: id });
  const predict = (row: Values) => {
    void ask([toRow(inputs, row)]);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, so that a link shows its prediction, or the typical row's
  useEffect(() => predict(values), []);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setParams({ row: JSON.stringify(values) }, { replace: true });
    predict(values);
  };
  const sorted = [...inputs].sort((a, b) => (b.importance ?? 0) - (a.importance ?? 0));
  return (
    <form className="form" onSubmit={submit}>
      <div className="predictor">
        <div className="stack">
          <div className="form-row">
            {sorted.map((input) => (
              <InputField
                key={input.name}
                input={input}
                value={values[input.name] ?? MISSING}
                onChange={(value) => setValues({ ...values, [input.name]: value })}
              />
            ))}
          </div>
        </div>
        <div className="prediction">
          <button type="submit" className="primary" aria-disabled={isPredicting}>
            Predict
          </button>
          <ErrorNotice error={error} />
          <div role="status">
            {result?.predictions[0] && <PredictionResult prediction={result.predictions[0]} target={target} />}
          </div>
        </div>
      </div>
    </form>
  );
}

interface InputFieldProps {
  readonly input: Inputs[number];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function InputField({ input: { name, kind, min, max, categories }, value, onChange }: InputFieldProps) {
  if (categories.length > 0) {
    const options = [[MISSING, 'Missing'] as const, ...categories.map((category) => [category, category] as const)];
    return <SelectField label={name} value={value} onChange={onChange} options={options} />;
  }
  if (kind === 'DATETIME') {
    return <TextField label={name} value={value} onChange={onChange} hint="A date, such as 2026-01-31" />;
  }
  if (kind === 'TEXT') {
    return (
      <TextField label={name} value={value} onChange={onChange} hint="Free text, of which the model reads the words" />
    );
  }
  const range = min === null || max === null ? null : `Trained on ${decimal(min)} to ${decimal(max)}`;
  return <TextField label={name} type="number" value={value} onChange={onChange} hint={range} />;
}

/** The median of numbers, the most frequent category; a date for dates. */
function typicalRow(inputs: Inputs): Values {
  return Object.fromEntries(
    inputs.map(({ name, kind, median, categories }) => {
      if (categories[0] !== undefined) return [name, categories[0]];
      if (median === null) return [name, MISSING];
      return [name, kind === 'DATETIME' ? new Date(median).toISOString().slice(0, 10) : String(median)];
    }),
  );
}

function rowOf(params: URLSearchParams): Values {
  try {
    const row: unknown = JSON.parse(params.get('row') ?? '{}');
    if (typeof row !== 'object' || row === null) return {};
    return Object.fromEntries(
      Object.entries(row).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}

function toRow(inputs: Inputs, values: Values): Record<string, string | null> {
  return Object.fromEntries(inputs.map(({ name }) => [name, values[name] === MISSING ? null : (values[name] ?? null)]));
}
