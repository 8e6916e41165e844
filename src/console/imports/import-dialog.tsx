import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { IssueFieldsFragment } from '../../client/core/index.ts';
import { useModelImport } from '../../client/react/index.ts';
import { IssueList } from '../datasets/issue-list.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { ImportForm } from './import-form.tsx';
import type { ImportDataset } from './import-values.ts';

interface ImportDialogProps {
  /** Null where one is to be chosen. */
  readonly dataset: ImportDataset | null;
  readonly onClose: () => void;
}

/** From a file of XGBoost or LightGBM to a model that predicts. */
export function ImportDialog({ dataset, onClose }: ImportDialogProps) {
  const imports = useModelImport();
  const { state } = imports;
  return (
    <Dialog title="Import a model" onClose={onClose}>
      {state.phase === 'DONE' ? (
        <Imported runId={state.artifact.runId} report={state.report} />
      ) : (
        <ImportForm dataset={dataset} imports={imports} />
      )}
    </Dialog>
  );
}

function Imported({ runId, report }: { readonly runId: string; readonly report: readonly IssueFieldsFragment[] }) {
  const next = useRef<HTMLAnchorElement>(null);
  useEffect(() => next.current?.focus(), []);
  return (
    <div className="stack">
      <div role="status">
        <Notice tone="good">
          <p>The model is imported and can predict.</p>
        </Notice>
      </div>
      {report.length > 0 && <IssueList issues={report} />}
      <div className="actions">
        <Link ref={next} className="button primary" href={`/runs/${runId}`}>
          Show the model
        </Link>
      </div>
    </div>
  );
}
