import type { TrainingForm, TrainingFormValues } from '../../client/react/index.ts';
import { ColumnWindow } from '../datasets/column-window.tsx';

/** A column of the dataset, as the form to start a training needs it. */
export interface NamedColumn {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
}

/** Kinds that no model learns from, and free text, which takes part only where it is named. */
const UNUSED_KINDS = ['IDENTIFIER', 'TEXT', 'CONSTANT'];

const PAGE_SIZE = 60;

/** What a training learns from, where that is not the server's choice. */
export interface FeatureChoice {
  /** Columns that could be features and are none. */
  readonly leftOut: readonly string[];
  readonly leaveOut: (names: readonly string[]) => void;
  /** Columns of free text that are features. */
  readonly texts: readonly string[];
  readonly takeTexts: (names: readonly string[]) => void;
}

/** The columns that the form asks for: null for the server's choice, which is all usable ones without free text. */
export function featuresOf(
  columns: readonly NamedColumn[],
  values: TrainingFormValues,
  { leftOut, texts }: FeatureChoice,
): string[] | null {
  if (leftOut.length === 0 && texts.length === 0) return null;
  const used = usableOf(columns, values).filter(({ name }) => !leftOut.includes(name));
  const read = textsOf(columns, values).filter(({ name }) => texts.includes(name));
  return [...used, ...read].map(({ name }) => name);
}

interface FeatureFieldsProps {
  readonly columns: readonly NamedColumn[];
  readonly values: TrainingFormValues;
  readonly choice: FeatureChoice;
  readonly error: TrainingForm['errors']['byField'][string] | null;
}

/** A box for each column that the model may learn from. */
export function FeatureFields({ columns, values, choice, error }: FeatureFieldsProps) {
  const { leftOut, leaveOut, texts, takeTexts } = choice;
  const free = textsOf(columns, values);
  return (
    <div className="stack">
      {error !== null && (
        <p className="wrong" role="alert">
          {error}
        </p>
      )}
      <ColumnBoxes
        columns={usableOf(columns, values)}
        isChecked={(name) => !leftOut.includes(name)}
        onChange={(name, isUsed) => leaveOut(isUsed ? without(leftOut, name) : [...leftOut, name])}
      />
      {free.length > 0 && (
        <fieldset>
          <legend>Free text</legend>
          <p className="muted">It takes part only where you choose it: the model learns from its words.</p>
          <ColumnBoxes
            columns={free}
            isChecked={(name) => texts.includes(name)}
            onChange={(name, isUsed) => takeTexts(isUsed ? [...texts, name] : without(texts, name))}
          />
        </fieldset>
      )}
    </div>
  );
}

interface ColumnBoxesProps {
  readonly columns: readonly NamedColumn[];
  readonly isChecked: (name: string) => boolean;
  readonly onChange: (name: string, isChecked: boolean) => void;
}

function ColumnBoxes({ columns, isChecked, onChange }: ColumnBoxesProps) {
  return (
    <ColumnWindow columns={columns} pageSize={PAGE_SIZE}>
      {(shown) => (
        <div className="form-row">
          {shown.map(({ name }) => (
            <label key={name} className="check">
              <input
                type="checkbox"
                checked={isChecked(name)}
                onChange={(event) => onChange(name, event.target.checked)}
              />
              {name}
            </label>
          ))}
        </div>
      )}
    </ColumnWindow>
  );
}

function without(names: readonly string[], name: string): readonly string[] {
  return names.filter((each) => each !== name);
}

/** All that a model learns from unless it is left out. */
function usableOf(columns: readonly NamedColumn[], values: TrainingFormValues): readonly NamedColumn[] {
  return freeOf(columns, values).filter(({ kind }) => !UNUSED_KINDS.includes(kind));
}

/** The columns of free text that a model may learn from. */
function textsOf(columns: readonly NamedColumn[], values: TrainingFormValues): readonly NamedColumn[] {
  return freeOf(columns, values).filter(({ kind }) => kind === 'TEXT');
}

/** Neither the target, nor a column that only splits the rows or weighs them. */
function freeOf(columns: readonly NamedColumn[], values: TrainingFormValues): readonly NamedColumn[] {
  const { target, split, weightColumn = null } = values;
  const splits = split?.strategy === 'GROUP' || split?.strategy === 'COLUMN' ? split.column : null;
  const reserved = [target, splits, weightColumn];
  return columns.filter(({ name }) => !reserved.includes(name));
}
