import { useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { useBatchPrediction } from '../../client/react/index.ts';
import { BatchPredictionsDocument, DatasetsDocument } from '../gql/graphql.ts';
import { SelectField } from '../ui/field.tsx';
import { counted } from '../ui/format.ts';
import { Empty, ErrorNotice } from '../ui/notice.tsx';
import { BatchCard } from './batch-card.tsx';

/** The model applied to all rows of a dataset. */
export function Batches({ artifactId }: { readonly artifactId: string }) {
  const { data, error, refetch } = useQuery(BatchPredictionsDocument, { variables: { artifactId } });
  const batches = data?.batchPredictions?.nodes;
  return (
    <section className="section">
      <NewBatch artifactId={artifactId} onStarted={() => void refetch()} />
      <ErrorNotice error={error} />
      {batches?.length === 0 && (
        <Empty title="No batches yet">
          <p>Choose a dataset above that has the columns which the model reads. Upload one if need be.</p>
        </Empty>
      )}
      {batches?.map((batch) => (
        <BatchCard key={batch.id} batch={batch} />
      ))}
    </section>
  );
}

function NewBatch({ artifactId, onStarted }: { readonly artifactId: string; readonly onStarted: () => void }) {
  const { data } = useQuery(DatasetsDocument, { variables: { filter: { latestOnly: true } } });
  const [chosen, setChosen] = useState('');
  const { start, isBusy, error } = useBatchPrediction();
  const datasets = data?.datasets?.edges.map(({ node }) => node) ?? [];
  const datasetId = chosen === '' ? (datasets[0]?.id ?? '') : chosen;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (isBusy || datasetId === '') return;
    void start({ artifactId, datasetId }).then((batch) => {
      if (batch !== null) onStarted();
    });
  };
  return (
    <form className="form" onSubmit={submit}>
      <SelectField
        label="Dataset"
        value={datasetId}
        onChange={setChosen}
        options={datasets.map(({ id, name, version, rowCount }) => [
          id,
          `${name}, version ${version}, ${counted(rowCount, 'row')}`,
        ])}
      />
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="submit" className="primary" aria-disabled={isBusy || datasetId === ''}>
          Predict all rows
        </button>
      </div>
    </form>
  );
}
