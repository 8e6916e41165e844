import { memo, useCallback, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { RunFieldsFragment } from '../../client/core/index.ts';
import { words } from '../ui/format.ts';
import { LongTable } from '../ui/long-table.tsx';
import { DEFAULT_COLUMNS, type RunColumn } from './run-columns.tsx';
import { datasetOf } from './run-origin.ts';
import { titleOf } from './run-status.tsx';

/** The ids of the runs that are chosen for a comparison. */
export interface Selection {
  readonly ids: readonly string[];
  readonly toggle: (id: string) => void;
}

interface RunTableProps {
  readonly runs: readonly RunFieldsFragment[];
  /** Left out: none can be chosen. */
  readonly selection?: Selection;
  /** Shows more of them; null: there are no more. */
  readonly onMore: (() => void) | null;
  readonly columns?: readonly RunColumn[];
}

const BOX_WIDTH = 44;
const TITLE_WIDTH = 220;

export function RunTable({ runs, selection, onMore, columns = DEFAULT_COLUMNS }: RunTableProps) {
  const latestToggle = useRef(selection?.toggle);
  useEffect(() => {
    latestToggle.current = selection?.toggle;
  });
  const toggle = useCallback((id: string) => latestToggle.current?.(id), []);
  const chosen = selection && new Set(selection.ids);
  const head = (
    <>
      {chosen && (
        <th scope="col">
          <span className="visually-hidden">Compare</span>
        </th>
      )}
      <th scope="col">Run</th>
      {columns.map(({ name, title, isNumber }) => (
        <th key={name} scope="col" className={isNumber ? 'number' : undefined}>
          {title}
        </th>
      ))}
    </>
  );
  return (
    <>
      <LongTable
        label="Runs"
        widths={[...(chosen ? [BOX_WIDTH] : []), TITLE_WIDTH, ...columns.map(({ minWidth }) => minWidth)]}
        head={head}
        rows={runs.map((run) => ({
          key: run.id,
          cells: <RunCells run={run} columns={columns} isChosen={chosen?.has(run.id) ?? null} toggle={toggle} />,
        }))}
      />
      {onMore !== null && (
        <div>
          <button type="button" onClick={onMore}>
            Show more
          </button>
        </div>
      )}
    </>
  );
}

interface RunCellsProps {
  readonly run: RunFieldsFragment;
  readonly columns: readonly RunColumn[];
  /** Null: none can be chosen. */
  readonly isChosen: boolean | null;
  readonly toggle: (id: string) => void;
}

/** What it predicts, where its name does not say so, and from which version. */
function belowTitle(run: RunFieldsFragment): string {
  if (run.datasetVersion === 0) return `${run.target}, ${datasetOf(run)}`;
  return `${run.name === null ? '' : `${run.datasetName} → ${run.target}, `}version ${run.datasetVersion}`;
}

/** Drawn again only where something of its own has changed: there may be thousands. */
const RunCells = memo(function RunCells({ run, columns, isChosen, toggle }: RunCellsProps) {
  const name = titleOf(run);
  return (
    <>
      {isChosen !== null && (
        <td>
          <input
            type="checkbox"
            aria-label={`Compare ${words(run.algorithm)} on ${name}`}
            checked={isChosen}
            onChange={() => toggle(run.id)}
          />
        </td>
      )}
      <th scope="row">
        <Link href={`/runs/${run.id}`}>{name}</Link>
        <div className="muted">
          {belowTitle(run)}
          {run.tags.length > 0 && `, ${run.tags.join(', ')}`}
        </div>
      </th>
      {columns.map(({ name: column, isNumber, cell }) => (
        <td key={column} className={isNumber ? 'number' : undefined}>
          {cell(run)}
        </td>
      ))}
    </>
  );
});
