import { useQuery } from '@apollo/client/react';
import { Link } from 'wouter';
import { ModelDocument } from '../gql/graphql.ts';
import { datasetOf, originOf } from '../runs/run-origin.ts';
import { NotFound } from '../shell/not-found.tsx';
import { useAddress } from '../ui/address.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Batches } from './batches.tsx';
import { ModelFacts } from './model-facts.tsx';
import { PredictionForm } from './prediction-form.tsx';

const TABS = [
  ['row', 'One row'],
  ['batch', 'A dataset'],
  ['model', 'The model'],
] as const;

/** A model that is asked for one row, or for all of a dataset. */
export function ModelPage({ id }: { readonly id: string }) {
  const [tab] = useAddress('tab', 'row');
  const { data, error } = useQuery(ModelDocument, { variables: { id } });
  const model = data?.artifact;
  if (data && model === null && error === undefined) return <NotFound />;
  if (!model) return <ErrorNotice error={error} />;
  const { run } = model;
  return (
    <Page
      title={run === null ? 'Predict' : `Predict ${run.target}`}
      above={
        run && (
          <Link href={`/runs/${run.id}`}>
            {originOf(run)}, {datasetOf(run)}
          </Link>
        )
      }
    >
      <Tabs label="Predict" current={tab} tabs={TABS} />
      {tab === 'row' && <PredictionForm id={id} inputs={model.inputs} target={run?.target ?? null} />}
      {tab === 'batch' && <Batches artifactId={id} />}
      {tab === 'model' && <ModelFacts model={model} />}
    </Page>
  );
}
