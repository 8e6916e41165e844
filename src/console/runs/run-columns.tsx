import { type ReactNode, useMemo } from 'react';
import type { RunFieldsFragment } from '../../client/core/index.ts';
import { isActive } from '../../client/react/index.ts';
import { useAddress } from '../ui/address.ts';
import { count, dateTime, duration, words } from '../ui/format.ts';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { datasetOf, originOf } from './run-origin.ts';
import { outlookOf, RunStatus, scoreOf, titleOf } from './run-status.tsx';

/** A column of the list of runs, beside their titles. */
export interface RunColumn {
  readonly name: string;
  readonly title: string;
  /** In pixels; wider where there is room. */
  readonly minWidth: number;
  readonly isNumber: boolean;
  readonly cell: (run: RunFieldsFragment) => ReactNode;
}

const ALL: readonly RunColumn[] = [
  column('algorithm', 'Algorithm', 120, originOf),
  column('status', 'Status', 130, (run) => <RunStatus run={run} />),
  column('result', 'Progress and result', 200, (run) => <ProgressOrResult run={run} />),
  column('started', 'Started', 140, (run) => dateTime(run.startedAt ?? run.createdAt)),
  numberColumn('took', 'Took', 100, (run) =>
    run.durationSeconds === null || isActive(run) ? '–' : duration(run.durationSeconds),
  ),
  column('ended', 'Ended', 140, (run) => (run.finishedAt === null ? '–' : dateTime(run.finishedAt))),
  column('dataset', 'Dataset', 160, datasetOf),
  column('target', 'Target', 130, (run) => run.target),
  column('task', 'Task', 130, (run) => (run.task === null ? '–' : words(run.task))),
  numberColumn('rows', 'Test rows', 100, (run) => (run.metrics === null ? '–' : count(run.metrics.nSamples))),
  numberColumn('attempt', 'Attempt', 90, (run) => count(run.attempt)),
  column('tags', 'Tags', 140, (run) => run.tags.join(', ')),
];

const NAMES = ALL.map(({ name }) => name);
const DEFAULT = ['algorithm', 'status', 'result', 'started', 'took'];

function column(name: string, title: string, minWidth: number, cell: RunColumn['cell']): RunColumn {
  return { name, title, minWidth, isNumber: false, cell };
}

function numberColumn(name: string, title: string, minWidth: number, cell: RunColumn['cell']): RunColumn {
  return { name, title, minWidth, isNumber: true, cell };
}

/** The columns that a list begins with. */
export const DEFAULT_COLUMNS: readonly RunColumn[] = ALL.filter(({ name }) => DEFAULT.includes(name));

function ProgressOrResult({ run }: { readonly run: RunFieldsFragment }) {
  return (
    <div className="swap">
      {isActive(run) ? (
        <>
          <div className="run-progress">
            <ProgressBar label={`Progress of ${words(run.algorithm)} on ${titleOf(run)}`} value={run.progress} />
          </div>
          <span className="muted number">{outlookOf(run) || words(run.stage)}</span>
        </>
      ) : (
        <span className="number">{scoreOf(run) || run.error?.message || '–'}</span>
      )}
    </div>
  );
}

const KEY = 'columns of the list of runs';

/**
 * The columns as they were chosen: in the address, and in this browser for the next time. An address without them is not somebody
 * else's choice.
 */
export function useRunColumns() {
  const [own, setOwn] = useAddress('columns');
  const text = own === '' ? (window.localStorage.getItem(KEY) ?? '') : own;
  const columns = useMemo(() => {
    const names = text.split(',').filter((name) => NAMES.includes(name));
    return names.length === 0 ? DEFAULT_COLUMNS : ALL.filter(({ name }) => names.includes(name));
  }, [text]);
  const toggle = (name: string) => {
    const chosen = columns.map((each) => each.name);
    const next = chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name];
    const value = (next.length === 0 ? DEFAULT : next).join(',');
    window.localStorage.setItem(KEY, value);
    setOwn(value);
  };
  return { columns, toggle };
}

/** A box for each column. */
export function ColumnChoice({ columns, toggle }: ReturnType<typeof useRunColumns>) {
  return (
    <details>
      <summary>Columns</summary>
      <div className="form-row">
        {ALL.map(({ name, title }) => (
          <label key={name} className="check">
            <input type="checkbox" checked={columns.some((each) => each.name === name)} onChange={() => toggle(name)} />
            {title}
          </label>
        ))}
      </div>
    </details>
  );
}
