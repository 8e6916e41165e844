import { parseNumber } from '../../runtime/values/cells.ts';
import { cutValue } from '../../runtime/values/cut-value.ts';
import type { NullTokens } from '../reader/null-tokens.ts';
import type { ColumnPlan } from '../reader/read-plan.ts';
import { type Decode, decodeLatin1Cell } from '../scan/text-decoding.ts';
import type { SampleRecord } from './record-sample.ts';

/** One record of the file as a person sees it. */
export interface PreviewRow {
  /** The line at which the record begins; the first is 1. */
  readonly line: number;
  /** Trimmed text, cut at 200 characters; null where it stands for "no value". */
  readonly cells: readonly (string | null)[];
}

/** Rows in a preview. */
const PREVIEW_ROWS = 20;

/** Cells in a preview: a reader sees far fewer, and every response that describes a dataset carries them all. */
const PREVIEW_CELLS = 20_000;

/**
 * The first rows, with their cells as text: fewer rows of more than 1,000 columns, and of more than 20,000 the first cells of
 * one. Other records that are too short or too long are shown as they are.
 */
export function previewRows(
  rows: readonly SampleRecord[],
  plans: readonly ColumnPlan[],
  missing: NullTokens,
  decode: Decode,
): readonly PreviewRow[] {
  const rowCount = Math.min(PREVIEW_ROWS, Math.max(1, Math.floor(PREVIEW_CELLS / plans.length)));
  return rows.slice(0, rowCount).map(({ line, cells }) => ({
    line,
    cells: cells.slice(0, PREVIEW_CELLS).map((cell, column) => {
      const bytes = Buffer.from(cell, 'latin1');
      if (missing.isMissing(bytes, 0, bytes.length)) return null;
      const plan = plans[column];
      if (
        missing.numbers.length > 0 &&
        plan?.storage === 'number' &&
        missing.isMissingNumber(parseNumber(cell, plan.format))
      ) {
        return null;
      }
      return cutValue(decodeLatin1Cell(cell, decode));
    }),
  }));
}
