import type { SplitInput, SplitStrategy } from '../../client/core/index.ts';
import type { TrainingForm } from '../../client/react/index.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import type { NamedColumn } from './feature-fields.tsx';

const STRATEGIES: readonly (readonly [SplitStrategy, string])[] = [
  ['RANDOM', 'At random'],
  ['LAST', 'The last rows of the file'],
  ['INTERLEAVED', 'Every k-th row'],
  ['TIME', 'The latest rows by a column'],
  ['GROUP', 'At random, groups of a column together'],
  ['COLUMN', 'Rows that a column names “test”'],
];

/** The strategies that need a column. */
const BY_COLUMN: readonly SplitStrategy[] = ['COLUMN', 'GROUP', 'TIME'];

interface SplitFieldsProps {
  readonly form: TrainingForm;
  readonly columns: readonly NamedColumn[];
}

/** Which rows the model is tested on. */
export function SplitFields({ form: { values, setValues, errors }, columns }: SplitFieldsProps) {
  const split = values.split ?? {};
  const strategy = split.strategy ?? 'RANDOM';
  const set = (change: SplitInput) => setValues({ split: { ...split, ...change } });
  const choose = (next: SplitStrategy) =>
    setValues({
      split: { strategy: next, ...(next === 'COLUMN' ? {} : { testFraction: split.testFraction ?? null }) },
    });
  return (
    <div className="stack">
      <div className="form-row">
        <SelectField
          label="Test rows are"
          value={strategy}
          onChange={(next) => choose(next as SplitStrategy)}
          options={STRATEGIES}
          hint="Metrics are measured on them; no step of training sees them."
          error={errors.byField['split.strategy'] ?? errors.byField['split'] ?? null}
        />
        {BY_COLUMN.includes(strategy) && (
          <SelectField
            label="By the column"
            value={split.column ?? ''}
            onChange={(column) => set({ column })}
            options={[['', 'Choose a column'], ...columns.map(({ name }) => [name, name] as const)]}
            error={errors.byField['split.column'] ?? null}
          />
        )}
        {strategy !== 'COLUMN' && (
          <TextField
            label="Share of test rows, in percent"
            type="number"
            min={1}
            max={90}
            placeholder="20"
            value={typeof split.testFraction === 'number' ? String(Math.round(split.testFraction * 100)) : ''}
            onChange={(text) => set({ testFraction: text === '' ? null : Number(text) / 100 })}
            error={errors.byField['split.testFraction'] ?? null}
          />
        )}
        <TextField
          label="Positive class"
          value={values.positiveClass ?? ''}
          onChange={(text) => setValues({ positiveClass: text === '' ? null : text })}
          hint="Of two classes; empty for the one that reads yes, or the rarer one."
          error={errors.byField['positiveClass'] ?? null}
        />
      </div>
      <label className="check">
        <input
          type="checkbox"
          checked={values.refit ?? false}
          onChange={(event) => setValues({ refit: event.target.checked })}
        />
        Fit the model again to all rows once it is tested; its metrics stay those of the model that did not see the test
        rows
      </label>
    </div>
  );
}
