import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type DatasetRowFragment, DatasetsDocument } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { SelectField } from '../ui/field.tsx';
import { bytes, count, dateTime, day } from '../ui/format.ts';
import { LongTable } from '../ui/long-table.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Trash } from './trash.tsx';
import { UploadPanel } from './upload/upload-panel.tsx';

const SHOWN = [
  ['latest', 'The latest versions'],
  ['all', 'All versions'],
  ['deleted', 'Deleted ones'],
] as const;

/** All datasets, and where a file is dropped. */
export function DatasetList() {
  const [shown, setShown] = useAddress('show', 'latest');
  const [isUploading, setUploading] = useState(false);
  const variables = { filter: { latestOnly: shown !== 'all' } };
  const { data, error, fetchMore } = useQuery(DatasetsDocument, { variables });
  const datasets = data?.datasets?.edges.map(({ node }) => node);
  const pageInfo = data?.datasets?.pageInfo;
  const isEmpty = datasets?.length === 0;
  const isFirst = isEmpty && shown !== 'deleted';
  return (
    <Page
      title={isUploading ? 'A new dataset' : isFirst ? 'Bring a table' : 'Datasets'}
      below={isFirst && !isUploading ? 'A CSV file with a header and one row per case is enough.' : undefined}
    >
      <ErrorNotice error={error} />
      {datasets !== undefined && <UploadPanel isFirst={isFirst} onBusy={setUploading} />}
      {!isUploading && isFirst && (
        <p>
          <Link className="muted" href="/?show=deleted">
            Deleted datasets
          </Link>
        </p>
      )}
      {!isUploading && datasets !== undefined && !isFirst && (
        <section className="section">
          <div className="form-row">
            <SelectField label="Show" value={shown} onChange={setShown} options={SHOWN} />
          </div>
          {shown === 'deleted' ? <Trash /> : <DatasetTable datasets={datasets} />}
          {shown !== 'deleted' && pageInfo?.hasNextPage && (
            <div>
              <button
                type="button"
                onClick={() => void fetchMore({ variables: { ...variables, after: pageInfo.endCursor } })}
              >
                Show more
              </button>
            </div>
          )}
        </section>
      )}
    </Page>
  );
}

export function DatasetTable({ datasets }: { readonly datasets: readonly DatasetRowFragment[] }) {
  const head = (
    <>
      <th scope="col">Name</th>
      <th scope="col" className="number">
        Version
      </th>
      <th scope="col" className="number">
        Rows
      </th>
      <th scope="col" className="number">
        Columns
      </th>
      <th scope="col" className="number">
        Size
      </th>
      <th scope="col">Uploaded</th>
      <th scope="col">Kept</th>
    </>
  );
  return (
    <LongTable
      label="Datasets"
      widths={[220, 90, 90, 90, 90, 150, 150]}
      head={head}
      rows={datasets.map((dataset) => ({
        key: dataset.id,
        cells: (
          <>
            <th scope="row">
              <Link href={`/datasets/${dataset.id}`}>{dataset.name}</Link>
            </th>
            <td className="number">{dataset.version}</td>
            <td className="number">{count(dataset.rowCount)}</td>
            <td className="number">{count(dataset.columnCount)}</td>
            <td className="number">{bytes(dataset.sizeBytes)}</td>
            <td>{dateTime(dataset.createdAt)}</td>
            <td>{keptUntil(dataset)}</td>
          </>
        ),
      }))}
    />
  );
}

export function keptUntil({ pinned, expiresAt }: Pick<DatasetRowFragment, 'pinned' | 'expiresAt'>): string {
  if (pinned) return 'pinned';
  return expiresAt === null ? 'always' : `until ${day(expiresAt)}`;
}
