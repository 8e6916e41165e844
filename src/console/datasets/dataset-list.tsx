import { useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type DatasetRowFragment, DatasetsDocument } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { bytes, count, dateTime, day } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';
import { UploadPanel } from './upload/upload-panel.tsx';

/** All datasets, and where a file is dropped. */
export function DatasetList() {
  const [versions, setVersions] = useAddress('versions', 'latest');
  const [isUploading, setUploading] = useState(false);
  const variables = { filter: { latestOnly: versions === 'latest' } };
  const { data, error, fetchMore } = useQuery(DatasetsDocument, { variables });
  const datasets = data?.datasets?.edges.map(({ node }) => node);
  const pageInfo = data?.datasets?.pageInfo;
  const isEmpty = datasets?.length === 0;
  return (
    <Page
      title={isUploading ? 'A new dataset' : isEmpty ? 'Bring a table' : 'Datasets'}
      below={isEmpty && !isUploading ? 'A CSV file with a header and one row per case is enough.' : undefined}
    >
      <ErrorNotice error={error} />
      {datasets !== undefined && <UploadPanel isFirst={isEmpty} onBusy={setUploading} />}
      {!isUploading && datasets !== undefined && datasets.length > 0 && (
        <section className="section">
          <label className="check">
            <input
              type="checkbox"
              checked={versions === 'all'}
              onChange={(event) => setVersions(event.target.checked ? 'all' : 'latest')}
            />
            Show earlier versions too
          </label>
          <DatasetTable datasets={datasets} />
          {pageInfo?.hasNextPage && (
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
  return (
    <Table label="Datasets">
      <thead>
        <tr>
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
        </tr>
      </thead>
      <tbody>
        {datasets.map((dataset) => (
          <tr key={dataset.id}>
            <th scope="row">
              <Link href={`/datasets/${dataset.id}`}>{dataset.name}</Link>
            </th>
            <td className="number">{dataset.version}</td>
            <td className="number">{count(dataset.rowCount)}</td>
            <td className="number">{count(dataset.columnCount)}</td>
            <td className="number">{bytes(dataset.sizeBytes)}</td>
            <td>{dateTime(dataset.createdAt)}</td>
            <td>{keptUntil(dataset)}</td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

export function keptUntil({ pinned, expiresAt }: Pick<DatasetRowFragment, 'pinned' | 'expiresAt'>): string {
  if (pinned) return 'pinned';
  return expiresAt === null ? 'always' : `until ${day(expiresAt)}`;
}
