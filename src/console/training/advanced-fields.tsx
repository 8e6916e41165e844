import type { AlgorithmsQuery, SplitStrategy } from '../gql/graphql.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { counted, words } from '../ui/format.ts';
import { BY_COLUMN, type Plan } from './plan.ts';

type Spec = NonNullable<AlgorithmsQuery['algorithms']>[number]['parameters'][number];

interface AdvancedFieldsProps {
  readonly specs: readonly Spec[];
  readonly columns: readonly { readonly name: string; readonly kind: string }[];
  readonly target: string;
  readonly plan: Plan;
  readonly onChange: (plan: Plan) => void;
}

const STRATEGIES: readonly (readonly [SplitStrategy, string])[] = [
  ['RANDOM', 'At random'],
  ['LAST', 'The last rows of the file'],
  ['INTERLEAVED', 'Every k-th row'],
  ['TIME', 'The latest rows by a column'],
  ['GROUP', 'At random, groups of a column together'],
  ['COLUMN', 'Rows that a column names “test”'],
];

/** A list of more than this many boxes helps nobody. */
const MAX_LISTED_COLUMNS = 300;

/** What has a good default. */
export function AdvancedFields({ specs, columns, target, plan, onChange }: AdvancedFieldsProps) {
  const set = (change: Partial<Plan>) => onChange({ ...plan, ...change });
  return (
    <div className="stack">
      <details>
        <summary>Test rows</summary>
        <SplitFields columns={columns} plan={plan} onChange={set} />
      </details>
      <details>
        <summary>Parameters</summary>
        <div className="form-row">
          {specs.map((spec) => (
            <ParameterField
              key={spec.name}
              spec={spec}
              value={plan.parameters[spec.name] ?? ''}
              onChange={(value) => set({ parameters: { ...plan.parameters, [spec.name]: value } })}
            />
          ))}
        </div>
      </details>
      <details>
        <summary>
          Columns to learn from{plan.leftOut.length > 0 && `: ${counted(plan.leftOut.length, 'column')} left out`}
        </summary>
        <FeatureFields columns={columns.filter(({ name }) => name !== target)} plan={plan} onChange={set} />
      </details>
    </div>
  );
}

interface PartProps {
  readonly columns: AdvancedFieldsProps['columns'];
  readonly plan: Plan;
  readonly onChange: (change: Partial<Plan>) => void;
}

function SplitFields({ columns, plan, onChange }: PartProps) {
  return (
    <div className="form-row">
      <SelectField
        label="Test rows are"
        value={plan.strategy}
        onChange={(strategy) => onChange({ strategy: strategy as SplitStrategy })}
        options={STRATEGIES}
        hint="Metrics are measured on them; no step of training sees them."
      />
      {BY_COLUMN.includes(plan.strategy) && (
        <SelectField
          label="By the column"
          value={plan.splitColumn}
          onChange={(splitColumn) => onChange({ splitColumn })}
          options={[['', 'Choose a column'], ...columns.map(({ name }) => [name, name] as const)]}
        />
      )}
      {plan.strategy !== 'COLUMN' && (
        <TextField
          label="Share of test rows, in percent"
          type="number"
          min={1}
          max={90}
          value={plan.testPercent}
          onChange={(testPercent) => onChange({ testPercent })}
        />
      )}
      <TextField
        label="Positive class"
        value={plan.positiveClass}
        onChange={(positiveClass) => onChange({ positiveClass })}
        hint="Of two classes; empty for the one that reads yes, or the rarer one."
      />
    </div>
  );
}

function ParameterField({
  spec,
  value,
  onChange,
}: {
  readonly spec: Spec;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const { name, description, kind, choices, min, max } = spec;
  if (kind === 'ENUM') {
    const options = choices.map((choice) => [choice, words(choice)] as const);
    return (
      <SelectField
        label={words(name)}
        value={value}
        onChange={onChange}
        options={[['', `Default: ${words(spec.default ?? 'none').toLowerCase()}`], ...options]}
        hint={description}
      />
    );
  }
  return (
    <TextField
      label={words(name)}
      type="number"
      min={min}
      max={max}
      placeholder={spec.default ?? 'none'}
      value={value}
      onChange={onChange}
      hint={description}
    />
  );
}

function FeatureFields({ columns, plan, onChange }: PartProps) {
  const usable = columns
    .filter(({ kind }) => !['IDENTIFIER', 'TEXT', 'CONSTANT'].includes(kind))
    .map(({ name }) => name);
  const toggle = (name: string, isUsed: boolean) => {
    const others = plan.leftOut.filter((each) => each !== name);
    onChange({ candidates: usable, leftOut: isUsed ? others : [...others, name] });
  };
  return (
    <div className="form-row">
      {usable.slice(0, MAX_LISTED_COLUMNS).map((name) => (
        <label key={name} className="check">
          <input
            type="checkbox"
            checked={!plan.leftOut.includes(name)}
            onChange={(event) => toggle(name, event.target.checked)}
          />
          {name}
        </label>
      ))}
    </div>
  );
}
