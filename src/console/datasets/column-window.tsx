import { type ReactNode, useState } from 'react';
import { TextField } from '../ui/field.tsx';
import { counted } from '../ui/format.ts';
import { Pager } from '../ui/pager.tsx';

interface ColumnWindowProps<Column> {
  readonly columns: readonly Column[];
  readonly pageSize: number;
  /** Draws the columns of the page. */
  readonly children: (shown: readonly Column[]) => ReactNode;
}

/** A page of columns at a time, and a way to find some by a part of their name: a file may have thousands. */
export function ColumnWindow<Column extends { readonly name: string }>({
  columns,
  pageSize,
  children,
}: ColumnWindowProps<Column>) {
  const [part, setPart] = useState('');
  const [from, setFrom] = useState(0);
  const wanted = part.trim().toLowerCase();
  const found = wanted === '' ? columns : columns.filter(({ name }) => name.toLowerCase().includes(wanted));
  const search = (text: string) => {
    setPart(text);
    setFrom(0);
  };
  return (
    <div className="stack">
      {columns.length > pageSize && (
        <TextField
          label="Find columns"
          type="search"
          value={part}
          onChange={search}
          ignoresEnter
          hint={wanted === '' ? 'By a part of their name.' : `${counted(found.length, 'column')} found.`}
        />
      )}
      {children(found.slice(from, from + pageSize))}
      <Pager from={from} pageSize={pageSize} total={found.length} noun="columns" onMove={setFrom} />
    </div>
  );
}
