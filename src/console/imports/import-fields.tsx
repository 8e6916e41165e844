import { useRef } from 'react';
import type { ForeignModelFormat, Task } from '../../client/core/index.ts';
import { FileField, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import type { FieldMessages, ImportDataset, ImportValues } from './import-values.ts';
import { formatOf, readInputNames } from './input-names.ts';

const FORMATS: readonly (readonly [ForeignModelFormat, string])[] = [
  ['XGBOOST_JSON', 'XGBoost, JSON'],
  ['XGBOOST_UBJ', 'XGBoost, UBJ'],
  ['LIGHTGBM_TEXT', 'LightGBM, text'],
];

const TASKS: readonly (readonly [Task, string])[] = [
  ['CLASSIFICATION', 'Labels'],
  ['REGRESSION', 'Numbers'],
];

interface ModelFieldsProps {
  readonly values: ImportValues;
  readonly datasets: readonly ImportDataset[];
  /** Whether the page is that of the one dataset. */
  readonly isOwn: boolean;
  /** Of the dataset; null where they are not known, or too many to choose from. */
  readonly columns: readonly string[] | null;
  readonly errors: FieldMessages;
  readonly onChange: (change: Partial<ImportValues>) => void;
}

/** The file, and what it predicts from which dataset. */
export function ModelFields({ values, datasets, isOwn, columns, errors, onChange }: ModelFieldsProps) {
  const { file, format } = values;
  const reading = useRef(0);
  // The names come with the file, so that nothing is drawn without them.
  const read = (next: File, nextFormat: ForeignModelFormat, more: Partial<ImportValues> = {}) => {
    reading.current += 1;
    const own = reading.current;
    const show = (inputNames: readonly string[] | null) => {
      // Another file or format has been chosen since.
      if (own !== reading.current) return;
      onChange({ file: next, format: nextFormat, inputNames, columnsByInput: {}, ...more });
    };
    readInputNames(nextFormat, next).then(show, () => show(null));
  };
  const chooseFile = (next: File) =>
    read(next, formatOf(next.name) ?? format, { name: next.name.replace(/\.[^.]+$/, '') });
  const chooseFormat = (next: ForeignModelFormat) => {
    if (file === null) onChange({ format: next });
    else read(file, next);
  };
  return (
    <>
      <div className="form-row">
        <FileField
          label="File of the model"
          endings={['.json', '.ubj', '.txt']}
          onChange={chooseFile}
          hint="As save_model of XGBoost or LightGBM wrote it."
          error={errors.of('file')}
        />
        <SelectField
          label="Format"
          value={format}
          onChange={(next) => chooseFormat(next as ForeignModelFormat)}
          options={FORMATS}
          error={errors.of('format')}
        />
        <TextField
          label="Name"
          value={values.name}
          onChange={(name) => onChange({ name })}
          hint="What the model is called in lists."
          error={errors.of('name')}
        />
      </div>
      <div className="form-row">
        <DatasetField {...{ values, datasets, isOwn, errors, onChange }} />
        <TargetField {...{ values, columns, errors, onChange }} />
        <SelectField
          label="It predicts"
          value={values.task}
          onChange={(task) => onChange({ task: task as Task })}
          options={TASKS}
          error={errors.of('task')}
        />
      </div>
      {values.task === 'CLASSIFICATION' && (
        <TextAreaField
          label="Labels"
          value={values.labels}
          onChange={(labels) => onChange({ labels })}
          hint="One a line, that of class 0 first. Empty: the values of the column in their order; without a dataset 0, 1, …"
          error={errors.of('labels')}
        />
      )}
    </>
  );
}

function DatasetField({ values, datasets, isOwn, errors, onChange }: Omit<ModelFieldsProps, 'columns'>) {
  const choose = (datasetId: string) => {
    const dataset = datasets.find(({ id }) => id === datasetId);
    onChange({ datasetId, columnsByInput: {}, ...(dataset ? { target: dataset.suggestedTarget ?? '' } : {}) });
  };
  return (
    <SelectField
      label="Dataset"
      value={values.datasetId}
      onChange={choose}
      options={[
        ['', 'None: no evaluation'],
        ...datasets.map(({ id, name, version }) => [id, `${name}, version ${version}`] as const),
      ]}
      hint={`The model reads its columns, and is evaluated on its rows.${isOwn ? '' : ' An older one: import from its page.'}`}
      error={errors.of('datasetId')}
    />
  );
}

function TargetField({
  values: { target, datasetId },
  columns,
  errors,
  onChange,
}: Pick<ModelFieldsProps, 'values' | 'columns' | 'errors' | 'onChange'>) {
  const label = 'Column to predict';
  const error = errors.of('target');
  if (columns === null) {
    const hint = datasetId === '' ? 'What the predicted column is called.' : 'Its exact name.';
    return (
      <TextField
        label={label}
        value={target}
        onChange={(next) => onChange({ target: next })}
        hint={hint}
        error={error}
      />
    );
  }
  const options = columns.map((name) => [name, name] as const);
  const isThere = columns.includes(target);
  return (
    <SelectField
      label={label}
      value={isThere ? target : ''}
      onChange={(next) => onChange({ target: next })}
      options={isThere ? options : [['', 'Choose a column'], ...options]}
      error={error}
    />
  );
}
