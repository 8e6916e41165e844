import { useMutation } from '@apollo/client/react';
import { Link, useLocation } from 'wouter';
import { useDownload, useTrainingRun } from '../../client/react/index.ts';
import { useViewer } from '../connection/hooks.ts';
import { ArchiveTrainingRunDocument } from '../gql/graphql.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { isActive } from './run-status.tsx';
import type { Run } from './use-run.ts';

/** What can be done with a run. */
export function RunActions({ run }: { readonly run: Run }) {
  const mayChange = useViewer().role !== 'READER';
  if (isActive(run)) return mayChange ? <Endings run={run} /> : null;
  return (
    <>
      {run.artifact && (
        <Link className="button primary" href={`/models/${run.artifact.id}`}>
          Predict
        </Link>
      )}
      <Downloads run={run} />
      {mayChange && <Again run={run} />}
    </>
  );
}

function Endings({ run: { id, status, stopRequestedAt, cancelRequestedAt } }: { readonly run: Run }) {
  const { stop, cancel, error } = useTrainingRun(id);
  const isAsked = stopRequestedAt !== null || cancelRequestedAt !== null;
  return (
    <>
      {status === 'RUNNING' && (
        <button type="button" disabled={isAsked} onClick={() => void stop()}>
          Stop and keep the model
        </button>
      )}
      <button type="button" className="danger" disabled={isAsked} onClick={() => void cancel()}>
        Cancel
      </button>
      <ErrorNotice error={error} />
    </>
  );
}

function Downloads({ run: { id, artifact } }: { readonly run: Run }) {
  const { download, error } = useDownload();
  if (artifact === null) return null;
  return (
    <>
      <button type="button" onClick={() => void download({ artifactId: artifact.id })}>
        Download the model
      </button>
      <button type="button" onClick={() => void download({ trainingRunId: id })}>
        Download test predictions
      </button>
      <ErrorNotice error={error} />
    </>
  );
}

function Again({ run: { id, archivedAt } }: { readonly run: Run }) {
  const [, navigate] = useLocation();
  const { retry, error } = useTrainingRun(id);
  const [archive, archiving] = useMutation(ArchiveTrainingRunDocument, { refetchQueries: ['TrainingRuns'] });
  const again = () => {
    void retry().then((run) => {
      if (run !== null) navigate(`/runs/${run.id}`);
    });
  };
  return (
    <>
      <button type="button" onClick={again}>
        Train again
      </button>
      <button
        type="button"
        onClick={() => void archive({ variables: { id, archived: archivedAt === null } }).catch(() => undefined)}
      >
        {archivedAt === null ? 'Archive' : 'Unarchive'}
      </button>
      <ErrorNotice error={error ?? archiving.error} />
    </>
  );
}
