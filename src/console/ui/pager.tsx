import { count } from './format.ts';

interface PagerProps {
  /** The first that is shown, from 0. */
  readonly from: number;
  readonly pageSize: number;
  readonly total: number;
  /** What is shown, such as "columns". */
  readonly noun: string;
  readonly onMove: (from: number) => void;
}

/** Where in a long list the page stands, and the ways on and back. Nothing for a list of one page. */
export function Pager({ from, pageSize, total, noun, onMove }: PagerProps) {
  if (total <= pageSize) return null;
  const last = Math.min(from + pageSize, total);
  return (
    <div className="actions">
      <button type="button" disabled={from === 0} onClick={() => onMove(Math.max(0, from - pageSize))}>
        Previous {noun}
      </button>
      <span className="number">
        {count(from + 1)}–{count(last)} of {count(total)}
      </span>
      <button type="button" disabled={last >= total} onClick={() => onMove(from + pageSize)}>
        Next {noun}
      </button>
    </div>
  );
}
