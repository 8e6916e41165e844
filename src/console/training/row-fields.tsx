import type { Monotone, MonotoneInput } from '../../client/core/index.ts';
import type { TrainingForm } from '../../client/react/index.ts';
import { SelectField } from '../ui/field.tsx';
import type { NamedColumn } from './feature-fields.tsx';

const DIRECTIONS: readonly (readonly [Monotone | '', string])[] = [
  ['INCREASING', 'never falls'],
  ['DECREASING', 'never rises'],
  ['', 'may go either way'],
];

/** The algorithms whose predictions keep to constraints; of others those that are chosen already are shown, to be undone. */
const MONOTONE_ALGORITHMS = ['DECISION_TREE', 'GRADIENT_BOOSTING'];

interface RowFieldsProps {
  readonly form: TrainingForm;
  readonly columns: readonly NamedColumn[];
}

/** How much rows count, and which way predictions may go as a column rises. */
export function RowFields({ form: { algorithm, values, setValues, errors }, columns }: RowFieldsProps) {
  const others = columns.filter(({ name }) => name !== values.target);
  const weights = others.filter(({ kind }) => kind === 'NUMERIC');
  const ordered = others.filter(({ kind, name }) => {
    return (kind === 'NUMERIC' || kind === 'DATETIME') && name !== values.weightColumn;
  });
  const constraints = values.monotone ?? [];
  const setConstraints = (next: readonly MonotoneInput[]) =>
    setValues({ monotone: next.length === 0 ? null : [...next] });
  return (
    <div className="stack">
      <SelectField
        label="Rows count by"
        value={values.weightColumn ?? ''}
        onChange={(name) => setValues({ weightColumn: name === '' ? null : name })}
        options={[['', 'All alike'], ...weights.map(({ name }) => [name, name] as const)]}
        hint="A column of numbers from 0: a row of weight 2 counts as two, one of weight 0 is left out. Metrics count rows alike."
        error={errors.byField['weightColumn'] ?? null}
      />
      {(MONOTONE_ALGORITHMS.includes(algorithm?.name ?? '') || constraints.length > 0) && (
        <div className="form-row">
          {constraints.map(({ column, direction }, i) => (
            <SelectField
              key={column}
              label={`As ${column} rises, the prediction`}
              value={direction}
              onChange={(next) => {
                const rest = constraints.filter((_, other) => other !== i);
                setConstraints(
                  next === '' ? rest : constraints.with(i, { column, direction: next as MonotoneInput['direction'] }),
                );
              }}
              options={DIRECTIONS}
            />
          ))}
          <SelectField
            label="Predictions go one way with"
            value=""
            onChange={(column) => setConstraints([...constraints, { column, direction: 'INCREASING' }])}
            options={[
              ['', 'Choose a column'],
              ...ordered
                .filter(({ name }) => constraints.every(({ column }) => column !== name))
                .map(({ name }) => [name, name] as const),
            ]}
            hint="Numbers and dates. Of two classes, the probability of the positive class goes that way."
            error={errors.byField['monotone'] ?? null}
          />
        </div>
      )}
    </div>
  );
}
