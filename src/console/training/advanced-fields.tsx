import { useState } from 'react';
import type { TrainingForm } from '../../client/react/index.ts';
import { counted } from '../ui/format.ts';
import { type FeatureChoice, FeatureFields, type NamedColumn } from './feature-fields.tsx';
import { ParameterFields } from './parameter-fields.tsx';
import { RowFields } from './row-fields.tsx';
import { SplitFields } from './split-fields.tsx';

interface AdvancedFieldsProps {
  readonly form: TrainingForm;
  readonly columns: readonly NamedColumn[];
  /** Null where the columns are too many to choose from: the server takes all that are usable. */
  readonly choice: FeatureChoice | null;
}

/** What has a good default. A part is open in which something is wrong, or in which the address has chosen something. */
export function AdvancedFields({ form, columns, choice }: AdvancedFieldsProps) {
  const wrong = Object.keys(form.errors.byField);
  const isWrong = (...fields: readonly string[]) =>
    wrong.some((field) => fields.some((each) => field === each || field.startsWith(`${each}.`)));
  const [chosen] = useState({
    tests: (form.values.split ?? form.values.positiveClass ?? form.values.refit ?? null) !== null,
    rows: (form.values.weightColumn ?? form.values.monotone ?? null) !== null,
    parameters: Object.values(form.parameterTexts).some((text) => text !== ''),
    columns: choice !== null && choice.leftOut.length + choice.texts.length > 0,
  });
  return (
    <div className="stack">
      <details open={chosen.tests || isWrong('split', 'positiveClass') || undefined}>
        <summary>Test rows</summary>
        <SplitFields form={form} columns={columns} />
      </details>
      <details open={chosen.rows || isWrong('weightColumn', 'monotone') || undefined}>
        <summary>Weights of rows, and directions</summary>
        <RowFields form={form} columns={columns} />
      </details>
      <details open={chosen.parameters || isWrong('parameters') || undefined}>
        <summary>Parameters</summary>
        <ParameterFields form={form} />
      </details>
      {choice !== null && (
        <details open={chosen.columns || isWrong('features') || undefined}>
          <summary>
            Columns to learn from{choice.leftOut.length > 0 && `: ${counted(choice.leftOut.length, 'column')} left out`}
          </summary>
          <FeatureFields
            columns={columns}
            values={form.values}
            choice={choice}
            error={form.errors.byField['features'] ?? null}
          />
        </details>
      )}
    </div>
  );
}
