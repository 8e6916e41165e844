import { useQuery } from '@apollo/client/react';
import { TrainingRunsDocument } from '../gql/graphql.ts';
import { RunTable } from '../runs/run-table.tsx';
import { Empty, ErrorNotice } from '../ui/notice.tsx';

/** The runs on one version of a dataset. */
export function DatasetRuns({ id }: { readonly id: string }) {
  const { data, error } = useQuery(TrainingRunsDocument, { variables: { filter: { datasetId: id } } });
  const runs = data?.trainingRuns?.edges.map(({ node }) => node);
  if (runs === undefined) return <ErrorNotice error={error} />;
  if (runs.length > 0) return <RunTable runs={runs} />;
  return (
    <Empty title="No runs yet">
      <p>Start one in the part “Train”: the defaults are a good beginning.</p>
    </Empty>
  );
}
