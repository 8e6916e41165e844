import type { DialectFieldsFragment } from '../../../client/core/index.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import type { ReadOptions } from './read-options.ts';

interface ReadOptionFieldsProps {
  readonly options: ReadOptions;
  /** How the file was read; null if it could not be. */
  readonly dialect: DialectFieldsFragment | null;
  readonly onChange: (options: ReadOptions) => void;
}

const DELIMITERS = [
  [',', 'Comma'],
  [';', 'Semicolon'],
  ['\t', 'Tab'],
  ['|', 'Pipe'],
  [' ', 'Space'],
] as const;

const QUOTES = [
  ['"', 'Double quotes'],
  ["'", 'Single quotes'],
  ['none', 'Nothing'],
] as const;

const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le', 'shift_jis', 'gb18030'].map((name) => [name, name] as const);

const DECIMALS = [
  ['.', 'Point'],
  [',', 'Comma'],
] as const;

const HEADERS = [
  ['yes', 'Yes'],
  ['no', 'No'],
] as const;

/** How the cells are told apart. */
export function ReadOptionFields({ options, dialect, onChange }: ReadOptionFieldsProps) {
  const set = (change: Partial<ReadOptions>) => onChange({ ...options, ...change });
  return (
    <div className="form-row">
      <SelectField
        label="Between cells"
        value={options.delimiter}
        onChange={(delimiter) => set({ delimiter })}
        options={[detected(DELIMITERS, dialect?.delimiter), ...DELIMITERS]}
      />
      <SelectField
        label="Around cells"
        value={options.quote}
        onChange={(quote) => set({ quote })}
        options={[detected(QUOTES, dialect === null ? undefined : (dialect.quote ?? 'none')), ...QUOTES]}
      />
      <SelectField
        label="Decimal mark"
        value={options.decimal}
        onChange={(decimal) => set({ decimal })}
        options={[detected(DECIMALS, dialect?.decimal), ...DECIMALS]}
      />
      <SelectField
        label="Encoding"
        value={options.encoding}
        onChange={(encoding) => set({ encoding })}
        options={[detected(ENCODINGS, dialect?.encoding), ...ENCODINGS]}
      />
      <SelectField
        label="First row has the names"
        value={options.header}
        onChange={(header) => set({ header })}
        options={[detected(HEADERS, dialect === null ? undefined : dialect.hasHeader ? 'yes' : 'no'), ...HEADERS]}
      />
      <TextField
        label="Texts that mean “missing”"
        value={options.missingTokens}
        onChange={(missingTokens) => set({ missingTokens })}
        placeholder="?, unknown, -999"
        hint="Beside empty cells, NA and the like."
      />
    </div>
  );
}

function detected(known: readonly (readonly [string, string])[], value: string | undefined): readonly [string, string] {
  if (value === undefined) return ['', 'Detect it'];
  const title = known.find(([each]) => each === value)?.[1] ?? value;
  return ['', `Detected: ${title.toLowerCase()}`];
}
