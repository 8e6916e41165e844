import type { CSSProperties, ReactNode } from 'react';
import { Table } from './table.tsx';

/** So many rows are drawn, or not, together. */
const ROWS_TOGETHER = 50;

/** Narrower columns hold nothing but a box, and need no more room. */
const MIN_GROWING = 60;

/** A row: drawn again only where its cells have changed, which may be a component that says so. */
export interface LongTableRow {
  readonly key: string;
  readonly cells: ReactNode;
}

interface LongTableProps {
  readonly label: string;
  /** The least widths of its columns, in pixels; they share what room there is, and stay the same whatever the rows hold. */
  readonly widths: readonly number[];
  /** The cells of the head. */
  readonly head: ReactNode;
  readonly rows: readonly LongTableRow[];
}

/** The first row of the body, for screen readers: they count from 1, and the head is a row too. */
const FIRST_INDEX = 2;

/**
 * A table of thousands of rows. All of them are in the page, for the keyboard, for screen readers, which are told where each row
 * stands, and for the browser's own search; what is far from the window is neither laid out nor drawn.
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
      <thead>
        <tr aria-rowindex={1}>{head}</tr>
      </thead>
      {parts.map((part) => (
        <tbody key={part.from} style={{ '--rows': part.rows.length } as CSSProperties}>
          {part.rows.map(({ key, cells }, index) => (
            <tr key={key} aria-rowindex={part.from + index + FIRST_INDEX}>
              {cells}
            </tr>
          ))}
        </tbody>
      ))}
    </Table>
  );
}
