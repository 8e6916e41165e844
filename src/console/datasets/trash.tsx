import { useMutation, useQuery } from '@apollo/client/react';
import { Link, useLocation } from 'wouter';
import { useViewer } from '../connection/hooks.ts';
import {
  DeletedDatasetsDocument,
  type DeletedDatasetsQuery,
  RestorableUntilDocument,
  RestoreDatasetDocument,
} from '../gql/graphql.ts';
import { bytes, count, dateTime } from '../ui/format.ts';
import { Empty, ErrorNotice } from '../ui/notice.tsx';
import { Table } from '../ui/table.tsx';

type Deleted = NonNullable<DeletedDatasetsQuery['datasets']>['edges'][number]['node'];

/** Deleted datasets that can be brought back, with their runs and models. */
export function Trash() {
  const { data, error, fetchMore } = useQuery(DeletedDatasetsDocument, { fetchPolicy: 'network-only' });
  const datasets = data?.datasets?.edges.map(({ node }) => node);
  const pageInfo = data?.datasets?.pageInfo;
  if (datasets === undefined) return <ErrorNotice error={error} />;
  if (datasets.length === 0) {
    return (
      <Empty title="Nothing to restore">
        <p>Deleted datasets are listed here for as long as the server is set to keep them.</p>
        <Link className="button" href="/">
          To the datasets
        </Link>
      </Empty>
    );
  }
  return (
    <>
      <Table label="Deleted datasets">
        <thead>
          <tr>
            <th scope="col">Name</th>
            {['Version', 'Rows', 'Size'].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
            <th scope="col">Deleted</th>
            <th scope="col">Can be restored until</th>
            <th scope="col">
              <span className="visually-hidden">Restore</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {datasets.map((dataset) => (
            <DeletedRow key={dataset.id} dataset={dataset} />
          ))}
        </tbody>
      </Table>
      {pageInfo?.hasNextPage && (
        <div>
          <button type="button" onClick={() => void fetchMore({ variables: { after: pageInfo.endCursor } })}>
            Show more
          </button>
        </div>
      )}
    </>
  );
}

function DeletedRow({ dataset: { id, name, version, rowCount, sizeBytes, deletedAt } }: { readonly dataset: Deleted }) {
  const { data } = useQuery(RestorableUntilDocument, { variables: { id } });
  const [restore, { loading, error }] = useMutation(RestoreDatasetDocument, {
    variables: { id },
    refetchQueries: ['Datasets'],
  });
  const [, navigate] = useLocation();
  const until = data?.datasetDeletion?.restorableUntil ?? null;
  const bringBack = () => {
    restore()
      .then(() => navigate(`/datasets/${id}`))
      .catch(() => undefined);
  };
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{version}</td>
      <td className="number">{count(rowCount)}</td>
      <td className="number">{bytes(sizeBytes)}</td>
      <td>{deletedAt === null ? '–' : dateTime(deletedAt)}</td>
      <td>{until === null ? '–' : dateTime(until)}</td>
      <td>
        {useViewer().role !== 'READER' && (
          <button
            type="button"
            aria-label={`Restore ${name}, version ${version}`}
            aria-disabled={loading}
            onClick={bringBack}
          >
            Restore
          </button>
        )}
        <ErrorNotice error={error} />
      </td>
    </tr>
  );
}
