import type { CSSProperties, ReactNode } from 'react';
import { Table } from './table.tsx';

/** So many rows are drawn, or not, together. */
const ROWS_TOGETHER = 50;

/** Narrower columns hold nothing but a box, and need no more room. */
const MIN_GROWING = 60;

interface LongTableProps {
  readonly label: string;
  /** The least widths of its columns, in pixels; they share what room there is, and stay the same whatever the rows hold. */
  readonly widths: readonly number[];
  readonly head: ReactNode;
  /** Each a `tr` with a key. */
  readonly rows: readonly ReactNode[];
}

/**
 * A table of thousands of rows. All of them are in the page, for the keyboard and the browser's own search; what is far from the
 * window is neither laid out nor drawn, and told to screen readers as they come near.
 */
export function LongTable({ label, widths, head, rows }: LongTableProps) {
  const parts = Array.from({ length: Math.ceil(rows.length / ROWS_TOGETHER) }, (_, part) => ({
    from: part * ROWS_TOGETHER,
    rows: rows.slice(part * ROWS_TOGETHER, (part + 1) * ROWS_TOGETHER),
  }));
  const columns = widths.map((width) => `minmax(${width}px, ${width < MIN_GROWING ? 0 : width}fr)`).join(' ');
  const minWidth = widths.reduce((sum, width) => sum + width, 0);
  return (
    <Table
      label={label}
      className="long"
      style={{ '--columns': columns, minWidth } as CSSProperties}
      rowCount={rows.length + 1}
    >
      <thead>{head}</thead>
      {parts.map((part) => (
        <tbody key={part.from} style={{ '--rows': part.rows.length } as CSSProperties}>
          {part.rows}
        </tbody>
      ))}
    </Table>
  );
}
