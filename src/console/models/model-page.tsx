import { useQuery } from '@apollo/client/react';
import { Link } from 'wouter';
import { ModelDocument } from '../gql/graphql.ts';
import { NotFound } from '../shell/not-found.tsx';
import { words } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { PredictionForm } from './prediction-form.tsx';

/** A model that is asked for one row. */
export function ModelPage({ id }: { readonly id: string }) {
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
            {words(run.algorithm)} on {run.datasetName}, version {run.datasetVersion}
          </Link>
        )
      }
      below="Change a value, and the prediction follows when you ask for it. An empty value counts as missing."
    >
      <PredictionForm id={id} inputs={model.inputs} />
    </Page>
  );
}
