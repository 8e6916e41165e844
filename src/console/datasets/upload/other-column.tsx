import { useState } from 'react';
import type { ColumnKind } from '../../../client/core/index.ts';
import { SelectField, TextField } from '../../ui/field.tsx';
import { words } from '../../ui/format.ts';

interface OtherColumnProps {
  readonly kinds: readonly ColumnKind[];
  readonly chosen: Readonly<Record<string, ColumnKind>>;
  readonly onChoose: (name: string, kind: string) => void;
}

/** The kind of a column by its name, for files with more columns than a report lists. */
export function OtherColumn({ kinds, chosen, onChoose }: OtherColumnProps) {
  const [name, setName] = useState('');
  return (
    <div className="form-row">
      <TextField
        label="Another column"
        value={name}
        onChange={setName}
        ignoresEnter
        hint="Its exact name; the report lists only the first columns."
      />
      <SelectField
        label="Its kind"
        value={chosen[name] ?? ''}
        onChange={(kind) => onChoose(name, kind)}
        options={[['', 'As detected'], ...kinds.map((kind) => [kind, `Read as ${words(kind).toLowerCase()}`] as const)]}
      />
    </div>
  );
}
