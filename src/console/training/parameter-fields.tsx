import type { ParameterSpec } from '../../client/core/index.ts';
import type { TrainingForm } from '../../client/react/index.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { words } from '../ui/format.ts';

/** The parameters of the chosen algorithm, as the server describes them. */
export function ParameterFields({ form }: { readonly form: TrainingForm }) {
  const { parameters, parameterTexts, setParameter, errors } = form;
  return (
    <div className="form-row">
      {parameters.map((spec) => (
        <ParameterField
          key={spec.name}
          spec={spec}
          value={parameterTexts[spec.name] ?? ''}
          error={errors.byField[`parameters.${spec.name}`] ?? null}
          onChange={(text) => setParameter(spec.name, text)}
        />
      ))}
    </div>
  );
}

interface ParameterFieldProps {
  readonly spec: ParameterSpec;
  readonly value: string;
  readonly error: string | null;
  readonly onChange: (value: string) => void;
}

function ParameterField({ spec, value, error, onChange }: ParameterFieldProps) {
  const { name, description, kind, min, max } = spec;
  const isBoolean = (kind as string) === 'BOOLEAN';
  if (kind === 'ENUM' || isBoolean) {
    const choices = (isBoolean ? ['true', 'false'] : spec.choices).map((each) => [each, words(each)] as const);
    return (
      <SelectField
        label={words(name)}
        value={value}
        onChange={onChange}
        options={[
          ['', spec.default === null ? 'Not set' : `Default: ${words(spec.default).toLowerCase()}`],
          ...choices,
        ]}
        hint={description}
        error={error}
      />
    );
  }
  return (
    <TextField
      label={words(name)}
      {...(kind === 'INT' || kind === 'FLOAT' ? { type: 'number' as const, min, max } : {})}
      placeholder={spec.default ?? 'not set'}
      value={value}
      onChange={onChange}
      hint={description}
      error={error}
    />
  );
}
