import { useMutation } from '@apollo/client/react';
import { Link, useLocation } from 'wouter';
import { isActive, type LiveTrainingRun, useDownload } from '../../client/react/index.ts';
import { useViewer } from '../connection/hooks.ts';
import { ArchiveTrainingRunDocument } from '../gql/graphql.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import type { Run } from './use-run.ts';

interface RunActionsProps {
  readonly run: Run;
  readonly live: LiveTrainingRun;
}

/** What can be done with a run. */
export function RunActions({ run, live }: RunActionsProps) {
  const mayChange = useViewer().role !== 'READER';
  if (isActive(run)) return mayChange ? <Endings run={run} live={live} /> : null;
  return (
    <>
      {run.artifact && (
        <Link className="button primary" href={`/models/${run.artifact.id}`}>
          Predict
        </Link>
      )}
      <Downloads run={run} />
      {mayChange && <Again run={run} live={live} />}
    </>
  );
}

function Endings({ run: { status, stopRequestedAt, cancelRequestedAt }, live: { stop, cancel } }: RunActionsProps) {
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
    </>
  );
}

function Downloads({ run: { id, artifact, metrics } }: { readonly run: Run }) {
  const { download, error } = useDownload();
  if (artifact === null) return null;
  return (
    <>
      <button type="button" onClick={() => void download({ artifactId: artifact.id })}>
        Download the model
      </button>
      {metrics !== null && (
        <button type="button" onClick={() => void download({ trainingRunId: id })}>
          Download test predictions
        </button>
      )}
      <ErrorNotice error={error} />
    </>
  );
}

function Again({ run: { id, archivedAt, importedFrom }, live: { retry } }: RunActionsProps) {
  const [, navigate] = useLocation();
  const [archive, archiving] = useMutation(ArchiveTrainingRunDocument);
  const again = () => {
    void retry().then((run) => {
      if (run !== null) navigate(`/runs/${run.id}`);
    });
  };
  return (
    <>
      {importedFrom === null && (
        <button type="button" onClick={again}>
          Train again
        </button>
      )}
      <button
        type="button"
        onClick={() => void archive({ variables: { id, archived: archivedAt === null } }).catch(() => undefined)}
      >
        {archivedAt === null ? 'Archive' : 'Unarchive'}
      </button>
      <ErrorNotice error={archiving.error} />
    </>
  );
}
