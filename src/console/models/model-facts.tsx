import { useMutation } from '@apollo/client/react';
import { useDownload } from '../../client/react/index.ts';
import { useViewer } from '../connection/hooks.ts';
import { type ModelQuery, PinArtifactDocument } from '../gql/graphql.ts';
import { Facts } from '../ui/facts.tsx';
import { bytes, dateTime } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Aliases } from './aliases.tsx';

type Model = NonNullable<ModelQuery['artifact']>;

/** The model as a file: how long it is kept, and the names by which programs ask it. */
export function ModelFacts({ model }: { readonly model: Model }) {
  const { id, createdAt, format, pinned, sha256, sizeBytes, labels } = model;
  const mayChange = useViewer().role !== 'READER';
  const { download, error } = useDownload();
  const [pin, pinning] = useMutation(PinArtifactDocument, { variables: { id, pinned: !pinned } });
  return (
    <section className="section">
      <Facts
        facts={[
          ['Made', dateTime(createdAt)],
          ['Size', bytes(sizeBytes)],
          ['Format', format],
          ['Labels', labels === null ? null : labels.join(', ')],
          ['Kept', pinned ? 'pinned, never removed by itself' : 'as long as newer models leave it its place'],
        ]}
      />
      <Facts facts={[['SHA-256', sha256]]} />
      <div className="actions">
        <button type="button" onClick={() => void download({ artifactId: id })}>
          Download the model
        </button>
        {mayChange && (
          <button type="button" onClick={() => void pin().catch(() => undefined)}>
            {pinned ? 'Unpin' : 'Pin'}
          </button>
        )}
      </div>
      <ErrorNotice error={error ?? pinning.error} />
      <Aliases artifactId={id} mayChange={mayChange} />
    </section>
  );
}
