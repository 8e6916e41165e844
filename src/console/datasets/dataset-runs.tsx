import { useTrainingRuns } from '../../client/react/index.ts';
import { RunTable } from '../runs/run-table.tsx';
import { Empty, ErrorNotice } from '../ui/notice.tsx';

/** The runs on one version of a dataset. */
export function DatasetRuns({ id }: { readonly id: string }) {
  const { runs, hasMore, loadMore, error } = useTrainingRuns({ datasetId: id });
  if (runs === null) return <ErrorNotice error={error} />;
  if (runs.length > 0) return <RunTable runs={runs} onMore={hasMore ? loadMore : null} />;
  return (
    <Empty title="No runs yet">
      <p>Start one in the part “Train”: the defaults are a good beginning.</p>
    </Empty>
  );
}
