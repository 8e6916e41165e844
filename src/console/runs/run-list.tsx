import { Link } from 'wouter';
import type { AlgorithmName, RunFieldsFragment, RunStatus, TrainingRunFilter } from '../../client/core/index.ts';
import { isActive, useTrainingRuns } from '../../client/react/index.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { useAddress } from '../ui/address.ts';
import { SelectField, TextField } from '../ui/field.tsx';
import { count, words } from '../ui/format.ts';
import { Empty, ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { ColumnChoice, useRunColumns } from './run-columns.tsx';
import { RunTable } from './run-table.tsx';

const STATUSES: readonly RunStatus[] = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'];
const ALGORITHMS: readonly AlgorithmName[] = [
  'AUTO',
  'GRADIENT_BOOSTING',
  'RANDOM_FOREST',
  'EXTRA_TREES',
  'DECISION_TREE',
  'LINEAR',
  'BASELINE',
];
const MAX_COMPARED = 20;
const PAGE_SIZE = 50;
const ACTIVE: TrainingRunFilter = { statuses: ['QUEUED', 'RUNNING'] };

/** All runs, those that are active on top. */
export function RunList() {
  const filter = useFilter();
  const listed = useTrainingRuns(filter.value, { pageSize: PAGE_SIZE });
  const active = useTrainingRuns(ACTIVE, { pageSize: PAGE_SIZE });
  const choice = useRunColumns();
  const [compared, setCompared] = useAddress('compare');
  const ids = compared === '' ? [] : compared.split(',');
  const toggle = (id: string) => {
    const next = ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id].slice(-MAX_COMPARED);
    setCompared(next.join(','));
  };
  const sorted = listed.runs && activeFirst(listed.runs, filter.isSet ? [] : (active.runs ?? []));
  return (
    <Page
      title="Runs"
      actions={
        <>
          {ids.length > 0 && <Comparison ids={ids} onClear={() => setCompared('')} />}
          <ImportButton />
        </>
      }
    >
      {(filter.isSet || (sorted && sorted.length > 0)) && filter.fields}
      <ErrorNotice error={listed.error} />
      {sorted?.length === 0 && <NoRuns isFiltered={filter.isSet} />}
      {sorted && sorted.length > 0 && (
        <>
          <ColumnChoice {...choice} />
          <RunTable
            runs={sorted}
            columns={choice.columns}
            selection={{ ids, toggle }}
            onMore={listed.hasMore ? listed.loadMore : null}
          />
        </>
      )}
    </Page>
  );
}

/** An active run may be older than the first page: it is shown all the same. What the list says of a run counts. */
function activeFirst(
  listed: readonly RunFieldsFragment[],
  active: readonly RunFieldsFragment[],
): readonly RunFieldsFragment[] {
  const runs = [...new Map([...active, ...listed].map((run) => [run.id, run])).values()];
  return [...runs.filter(isActive), ...runs.filter((run) => !isActive(run))];
}

/** The filter, as the address has it. */
function useFilter() {
  const [status, setStatus] = useAddress('status');
  const [algorithm, setAlgorithm] = useAddress('algorithm');
  const [datasetName, setDatasetName] = useAddress('dataset');
  const value: TrainingRunFilter = {
    ...(status === '' ? {} : { statuses: [status as RunStatus] }),
    ...(algorithm === '' ? {} : { algorithm: algorithm as AlgorithmName }),
    ...(datasetName === '' ? {} : { datasetName }),
  };
  const optionsOf = (names: readonly string[]) => [
    ['', 'Any'] as const,
    ...names.map((name) => [name, words(name)] as const),
  ];
  const fields = (
    <div className="form-row">
      <SelectField label="Status" value={status} onChange={setStatus} options={optionsOf(STATUSES)} />
      <SelectField label="Algorithm" value={algorithm} onChange={setAlgorithm} options={optionsOf(ALGORITHMS)} />
      <TextField
        label="Name of the dataset"
        type="search"
        value={datasetName}
        onChange={setDatasetName}
        placeholder="Any"
      />
    </div>
  );
  return { value, fields, isSet: Object.keys(value).length > 0 };
}

function Comparison({ ids, onClear }: { readonly ids: readonly string[]; readonly onClear: () => void }) {
  return (
    <>
      <Link className="button primary" href={`/compare?runs=${ids.join(',')}`}>
        Compare {count(ids.length)}
      </Link>
      <button type="button" onClick={onClear}>
        Choose none
      </button>
    </>
  );
}

function NoRuns({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty title="No run is like that">
        <p>Take a condition away to see more.</p>
        <Link className="button" href="/runs">
          Show all runs
        </Link>
      </Empty>
    );
  }
  return (
    <Empty title="No runs yet">
      <p>A run trains one model on one dataset. Choose a dataset, or bring one, and start the first.</p>
      <Link className="button primary" href="/">
        To the datasets
      </Link>
    </Empty>
  );
}
