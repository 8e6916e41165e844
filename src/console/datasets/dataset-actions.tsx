import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useDownload } from '../../client/react/index.ts';
import { useViewer } from '../connection/hooks.ts';
import { type DatasetRowFragment, DeleteDatasetDocument, PinDatasetDocument } from '../gql/graphql.ts';
import { ImportButton } from '../imports/import-button.tsx';
import { ErrorNotice } from '../ui/notice.tsx';

/** What can be done with a dataset. */
export function DatasetActions({ dataset }: { readonly dataset: DatasetRowFragment }) {
  const { id, pinned, name } = dataset;
  const { download, error } = useDownload();
  const [pin, pinning] = useMutation(PinDatasetDocument);
  const mayChange = useViewer().role !== 'READER';
  return (
    <>
      <button type="button" onClick={() => void download({ datasetId: id })}>
        Download
      </button>
      {mayChange && (
        <button type="button" onClick={() => void pin({ variables: { id, pinned: !pinned } }).catch(() => undefined)}>
          {pinned ? 'Unpin' : 'Pin'}
        </button>
      )}
      <ImportButton dataset={dataset} />
      {mayChange && <Deletion id={id} name={name} />}
      <ErrorNotice error={error ?? pinning.error} />
    </>
  );
}

function Deletion({ id, name }: { readonly id: string; readonly name: string }) {
  const [isAsked, setAsked] = useState(false);
  const [remove, { loading, error }] = useMutation(DeleteDatasetDocument, { refetchQueries: ['Datasets'] });
  const [, navigate] = useLocation();
  if (!isAsked) {
    return (
      <button type="button" className="danger" onClick={() => setAsked(true)}>
        Delete
      </button>
    );
  }
  const confirm = () => {
    remove({ variables: { id } })
      .then(({ data }) =>
        navigate(data?.deleteDataset?.status === 'RESTORABLE' ? '/?show=deleted' : '/', { replace: true }),
      )
      .catch(() => undefined);
  };
  return (
    <div className="notice bad">
      <p>Delete {name} with all its runs and models?</p>
      <ErrorNotice error={error} />
      <div className="actions">
        <button type="button" className="danger" aria-disabled={loading} onClick={confirm}>
          Delete them
        </button>
        <button type="button" onClick={() => setAsked(false)}>
          Keep them
        </button>
      </div>
    </div>
  );
}
