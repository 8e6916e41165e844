import { ColumnWindow } from '../datasets/column-window.tsx';
import { SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { counted } from '../ui/format.ts';
import type { ImportValues } from './import-values.ts';

const PAGE_SIZE = 30;

interface InputFieldsProps {
  readonly values: ImportValues;
  /** Those of the dataset; null: there is none, or they are not known yet. */
  readonly columns: readonly string[] | null;
  /** Whether these are all that it has. */
  readonly areAll: boolean;
  readonly error: string | null;
  readonly onChange: (change: Partial<ImportValues>) => void;
}

/** Which column each input of the model reads. Open where the file's names are not enough. */
export function InputFields({ values, columns, areAll, error, onChange }: InputFieldsProps) {
  const { file, inputNames, columns: written } = values;
  if (file === null) return null;
  if (inputNames === null) {
    return (
      <TextAreaField
        label="Columns of the inputs"
        value={written}
        onChange={(text) => onChange({ columns: text })}
        hint="One a line, in the order in which the model was given them. Empty: as the file names them."
        error={error}
      />
    );
  }
  if (columns === null) return <Wrong error={error} />;
  const unknown = areAll ? inputNames.filter((name) => !columns.includes(name)).length : 0;
  return (
    <details open={unknown > 0 || error !== null || undefined}>
      <summary>
        Columns of the {counted(inputNames.length, 'input')}
        {unknown > 0 && `: ${counted(unknown, 'name')} of the file not in the dataset`}
      </summary>
      <Wrong error={error} />
      <ColumnWindow columns={inputNames.map((name) => ({ name }))} pageSize={PAGE_SIZE}>
        {(shown) => (
          <div className="form-row">
            {shown.map(({ name }) => (
              <InputField
                key={name}
                name={name}
                values={values}
                columns={areAll ? columns : null}
                onChange={onChange}
              />
            ))}
          </div>
        )}
      </ColumnWindow>
    </details>
  );
}

function Wrong({ error }: { readonly error: string | null }) {
  if (error === null) return null;
  return (
    <p className="wrong" role="alert">
      {error}
    </p>
  );
}

interface InputFieldProps extends Pick<InputFieldsProps, 'values' | 'columns' | 'onChange'> {
  readonly name: string;
}

/** The column of one input, by which the dataset calls it. `columns`: null where they are too many to choose from. */
function InputField({ name, values: { columnsByInput }, columns, onChange }: InputFieldProps) {
  const label = `Input ${name}`;
  const choose = (column: string) => onChange({ columnsByInput: { ...columnsByInput, [name]: column } });
  const chosen = columnsByInput[name] ?? '';
  if (columns === null) return <TextField label={label} value={chosen} onChange={choose} placeholder={name} />;
  const isThere = columns.includes(name);
  const others = columns.filter((column) => column !== name);
  return (
    <SelectField
      label={label}
      value={chosen}
      onChange={choose}
      options={[['', isThere ? name : 'Choose a column'], ...others.map((column) => [column, column] as const)]}
    />
  );
}
