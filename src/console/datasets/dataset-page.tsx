import { useQuery } from '@apollo/client/react';
import { Link } from 'wouter';
import { DatasetDocument, type DatasetQuery } from '../gql/graphql.ts';
import { NotFound } from '../shell/not-found.tsx';
import { TrainingForm } from '../training/training-form.tsx';
import { useAddress } from '../ui/address.ts';
import { Facts } from '../ui/facts.tsx';
import { bytes, count, dateTime } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { ColumnProfiles } from './column-profiles.tsx';
import { DatasetActions } from './dataset-actions.tsx';
import { DatasetTable, keptUntil } from './dataset-list.tsx';
import { DatasetRuns } from './dataset-runs.tsx';
import { IssueList } from './issue-list.tsx';
import { Preview } from './preview.tsx';

type Dataset = NonNullable<DatasetQuery['dataset']>;

const DIALECT_WORDS: Readonly<Record<string, string>> = {
  ',': 'comma',
  ';': 'semicolon',
  '\t': 'tab',
  '|': 'pipe',
  ' ': 'space',
};

export function DatasetPage({ id }: { readonly id: string }) {
  const { data, error } = useQuery(DatasetDocument, { variables: { id } });
  if (data && data.dataset === null && error === undefined) return <NotFound />;
  const dataset = data?.dataset;
  if (!dataset) return <ErrorNotice error={error} />;
  const { name, version, rowCount, columnCount, sizeBytes, createdAt, dialect } = dataset;
  return (
    <Page
      title={name}
      above={
        <>
          <Link href="/">Datasets</Link> / version {version}
        </>
      }
      actions={<DatasetActions dataset={dataset} />}
    >
      <ErrorNotice error={error} />
      <Facts
        facts={[
          ['Rows', count(rowCount)],
          ['Columns', count(columnCount)],
          ['Size', bytes(sizeBytes)],
          ['Uploaded', dateTime(createdAt)],
          ['Kept', keptUntil(dataset)],
          ['Read with', `${DIALECT_WORDS[dialect.delimiter] ?? dialect.delimiter}, ${dialect.encoding}`],
        ]}
      />
      <Parts dataset={dataset} />
    </Page>
  );
}

function Parts({ dataset }: { readonly dataset: Dataset }) {
  const [tab] = useAddress('tab', 'columns');
  const { id, issues, versions } = dataset;
  return (
    <>
      <Tabs
        label="Dataset"
        current={tab}
        tabs={[
          ['columns', 'Columns'],
          ['train', 'Train'],
          ['runs', 'Runs'],
          ['preview', 'First rows'],
          ['issues', `Issues (${count(issues.length)})`],
          ['versions', `Versions (${count(versions?.nodes.length ?? 1)})`],
        ]}
      />
      {tab === 'columns' && <ColumnProfiles id={id} total={dataset.columnCount} />}
      {tab === 'train' && <TrainingForm dataset={dataset} />}
      {tab === 'runs' && <DatasetRuns id={id} />}
      {tab === 'preview' && <Preview id={id} />}
      {tab === 'issues' &&
        (issues.length === 0 ? (
          <p>Nothing was wrong with the file, and nothing doubtful.</p>
        ) : (
          <IssueList issues={issues} />
        ))}
      {tab === 'versions' && <DatasetTable datasets={versions?.nodes ?? []} />}
    </>
  );
}
