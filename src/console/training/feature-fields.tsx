import type { TrainingForm, TrainingFormValues } from '../../client/react/index.ts';
import { ColumnWindow } from '../datasets/column-window.tsx';

/** A column of the dataset, as the form to start a training needs it. */
export interface NamedColumn {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
}

/** Kinds that no model learns from. */
const UNUSED_KINDS = ['IDENTIFIER', 'TEXT', 'CONSTANT'];

const PAGE_SIZE = 60;

/** The columns that are left out of a training, of all that could be features. */
export interface LeftOut {
  readonly names: readonly string[];
  readonly change: (names: readonly string[]) => void;
}

/** The columns that the form asks for: null for the server's choice, which is all usable ones. */
export function featuresOf(columns: readonly NamedColumn[], values: TrainingFormValues, leftOut: readonly string[]) {
  if (leftOut.length === 0) return null;
  return usableOf(columns, values)
    .map(({ name }) => name)
    .filter((name) => !leftOut.includes(name));
}

interface FeatureFieldsProps {
  readonly columns: readonly NamedColumn[];
  readonly values: TrainingFormValues;
  readonly leftOut: LeftOut;
  readonly error: TrainingForm['errors']['byField'][string] | null;
}

/** A box for each column that the model may learn from. */
export function FeatureFields({ columns, values, leftOut: { names, change }, error }: FeatureFieldsProps) {
  const toggle = (name: string, isUsed: boolean) => {
    const others = names.filter((each) => each !== name);
    change(isUsed ? others : [...others, name]);
  };
  return (
    <div className="stack">
      {error !== null && (
        <p className="wrong" role="alert">
          {error}
        </p>
      )}
      <ColumnWindow columns={usableOf(columns, values)} pageSize={PAGE_SIZE}>
        {(shown) => (
          <div className="form-row">
            {shown.map(({ name }) => (
              <label key={name} className="check">
                <input
                  type="checkbox"
                  checked={!names.includes(name)}
                  onChange={(event) => toggle(name, event.target.checked)}
                />
                {name}
              </label>
            ))}
          </div>
        )}
      </ColumnWindow>
    </div>
  );
}

/** All that a model can learn from: neither the target, nor a column that only splits the rows or weighs them. */
function usableOf(columns: readonly NamedColumn[], values: TrainingFormValues): readonly NamedColumn[] {
  const { target, split, weightColumn = null } = values;
  const splits = split?.strategy === 'GROUP' || split?.strategy === 'COLUMN' ? split.column : null;
  const reserved = [target, splits, weightColumn];
  return columns.filter(({ name, kind }) => !reserved.includes(name) && !UNUSED_KINDS.includes(kind));
}
