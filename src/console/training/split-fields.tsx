import type { SplitInput, SplitStrategy } from '../../client/core/index.ts';
import type { TrainingForm } from '../../client/react/index.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import type { NamedColumn } from './feature-fields.tsx';
import { SPLIT_STRATEGIES } from './form-address.ts';

/** The strategies that draw at random. */
const DRAWN: readonly SplitStrategy[] = ['RANDOM', 'GROUP'];

/** The strategies that need a column. */
const BY_COLUMN: readonly SplitStrategy[] = ['COLUMN', 'GROUP', 'TIME'];

interface SplitFieldsProps {
  readonly form: TrainingForm;
  readonly columns: readonly NamedColumn[];
}

/** Which rows the model is tested on. */
export function SplitFields({ form, columns }: SplitFieldsProps) {
  const { values, setValues, errors } = form;
  const split = values.split ?? {};
  const strategy = split.strategy ?? 'RANDOM';
  const set = (change: SplitInput) => setValues({ split: { ...split, ...change } });
  const choose = (next: SplitStrategy) => {
    const { testFraction = null, seed = null } = split;
    setValues({
      split: {
        strategy: next,
        ...(next === 'COLUMN' ? {} : { testFraction }),
        ...(DRAWN.includes(next) ? { seed } : {}),
      },
    });
  };
  return (
    <div className="stack">
      <div className="form-row">
        <SelectField
          label="Test rows are"
          value={strategy}
          onChange={(next) => choose(next as SplitStrategy)}
          options={SPLIT_STRATEGIES}
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
        <DrawFields strategy={strategy} split={split} set={set} errors={errors} />
        <TextField
          label="Positive class"
          value={values.positiveClass ?? ''}
          onChange={(text) => setValues({ positiveClass: text === '' ? null : text })}
          hint="Of two classes; empty for the one that reads yes, or the rarer one."
          error={errors.byField['positiveClass'] ?? null}
        />
      </div>
      <RefitField form={form} />
    </div>
  );
}

interface DrawFieldsProps {
  readonly strategy: SplitStrategy;
  readonly split: SplitInput;
  readonly set: (change: SplitInput) => void;
  readonly errors: TrainingForm['errors'];
}

/** How many rows are drawn, and with which seed. */
function DrawFields({ strategy, split, set, errors }: DrawFieldsProps) {
  return (
    <>
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
      {DRAWN.includes(strategy) && (
        <TextField
          label="Seed"
          type="number"
          placeholder="0"
          value={typeof split.seed === 'number' ? String(split.seed) : ''}
          onChange={(text) => set({ seed: text === '' ? null : Number(text) })}
          hint="Another seed draws other test rows."
          error={errors.byField['split.seed'] ?? null}
        />
      )}
    </>
  );
}

function RefitField({ form: { values, setValues } }: Pick<SplitFieldsProps, 'form'>) {
  return (
    <label className="check">
      <input
        type="checkbox"
        checked={values.refit ?? false}
        onChange={(event) => setValues({ refit: event.target.checked })}
      />
      Fit the model again to all rows once it is tested; its metrics stay those of the model that did not see the test
      rows
    </label>
  );
}
