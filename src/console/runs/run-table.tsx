import { Link } from 'wouter';
import type { RunFieldsFragment } from '../../client/core/index.ts';
import { isActive } from '../../client/react/index.ts';
import { dateTime, duration, words } from '../ui/format.ts';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { Table } from '../ui/table.tsx';
import { outlookOf, RunStatus, scoreOf, titleOf } from './run-status.tsx';

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
}

export function RunTable({ runs, selection, onMore }: RunTableProps) {
  return (
    <>
      <Table label="Runs">
        <thead>
          <tr>
            {selection !== undefined && (
              <th scope="col">
                <span className="visually-hidden">Compare</span>
              </th>
            )}
            <th scope="col">Run</th>
            <th scope="col">Algorithm</th>
            <th scope="col">Status</th>
            <th scope="col">Progress and result</th>
            <th scope="col">Started</th>
            <th scope="col" className="number">
              Took
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} selection={selection} />
          ))}
        </tbody>
      </Table>
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

function RunRow({ run, selection }: { readonly run: RunFieldsFragment; readonly selection: Selection | undefined }) {
  const name = titleOf(run);
  return (
    <tr>
      {selection !== undefined && (
        <td>
          <input
            type="checkbox"
            aria-label={`Compare ${words(run.algorithm)} on ${name}`}
            checked={selection.ids.includes(run.id)}
            onChange={() => selection.toggle(run.id)}
          />
        </td>
      )}
      <th scope="row">
        <Link href={`/runs/${run.id}`}>{name}</Link>
        <div className="muted">
          {run.name !== null && `${run.datasetName} → ${run.target}, `}version {run.datasetVersion}
          {run.tags.length > 0 && `, ${run.tags.join(', ')}`}
        </div>
      </th>
      <td>{words(run.algorithm)}</td>
      <td>
        <RunStatus run={run} />
      </td>
      <td>
        <div className="swap">
          {isActive(run) ? (
            <>
              <div className="run-progress">
                <ProgressBar label={`Progress of ${words(run.algorithm)} on ${name}`} value={run.progress} />
              </div>
              <span className="muted number">{outlookOf(run) || words(run.stage)}</span>
            </>
          ) : (
            <span className="number">{scoreOf(run) || run.error?.message || '–'}</span>
          )}
        </div>
      </td>
      <td>{dateTime(run.startedAt ?? run.createdAt)}</td>
      <td className="number">{run.durationSeconds === null || isActive(run) ? '–' : duration(run.durationSeconds)}</td>
    </tr>
  );
}
