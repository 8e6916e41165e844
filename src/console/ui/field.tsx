import { type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: string | null;
  readonly error?: string | null;
  /** Gets what ties the control to its label, hint and error. */
  readonly children: (control: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': true | undefined;
  }) => ReactNode;
}

/** A control with its label, what to know about it, and what is wrong with it. */
function Field({ label, hint = null, error = null, children }: FieldProps) {
  const id = useId();
  const described = [hint === null ? null : `${id}-hint`, error === null ? null : `${id}-error`].filter(Boolean);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
        'aria-invalid': error === null ? undefined : true,
      })}
      {hint !== null && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {error !== null && (
        <span className="wrong" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string | null;
  readonly error?: string | null;
  readonly type?: 'text' | 'email' | 'password' | 'number' | 'search';
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly isRequired?: boolean;
  readonly minLength?: number;
  readonly min?: number | null;
  readonly max?: number | null;
  readonly placeholder?: string;
  /** Enter does not send the form that it stands in. */
  readonly ignoresEnter?: boolean;
}

export function TextField({ label, hint, error, value, onChange, isRequired, autoFocus, ...rest }: TextFieldProps) {
  const { min = null, max = null, ignoresEnter = false, ...attributes } = rest;
  return (
    <Field label={label} hint={hint ?? null} error={error ?? null}>
      {(control) => (
        <input
          {...control}
          {...attributes}
          value={value}
          required={isRequired}
          // biome-ignore lint/a11y/noAutofocus: only where a page is for nothing but this form
          autoFocus={autoFocus}
          step={attributes.type === 'number' ? 'any' : undefined}
          min={min ?? undefined}
          max={max ?? undefined}
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={(event) => {
            if (ignoresEnter && event.key === 'Enter') event.preventDefault();
          }}
        />
      )}
    </Field>
  );
}

interface SelectFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [value: string, title: string])[];
  readonly hint?: string | null;
  readonly error?: string | null;
}

export function SelectField({ label, value, onChange, options, hint, error }: SelectFieldProps) {
  return (
    <Field label={label} hint={hint ?? null} error={error ?? null}>
      {(control) => (
        <select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map(([option, title]) => (
            <option key={option} value={option}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface TextAreaFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string | null;
  readonly error?: string | null;
}

/** Several lines. */
export function TextAreaField({ label, value, onChange, hint, error }: TextAreaFieldProps) {
  return (
    <Field label={label} hint={hint ?? null} error={error ?? null}>
      {(control) => <textarea {...control} rows={3} value={value} onChange={(event) => onChange(event.target.value)} />}
    </Field>
  );
}

interface FileFieldProps {
  readonly label: string;
  /** The endings that are offered first, such as `.json`. */
  readonly endings: readonly string[];
  readonly onChange: (file: File) => void;
  readonly hint?: string | null;
  readonly error?: string | null;
}

/** A file of this machine. */
export function FileField({ label, endings, onChange, hint, error }: FileFieldProps) {
  return (
    <Field label={label} hint={hint ?? null} error={error ?? null}>
      {(control) => (
        <input
          {...control}
          type="file"
          accept={endings.join(',')}
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file !== undefined) onChange(file);
          }}
        />
      )}
    </Field>
  );
}
