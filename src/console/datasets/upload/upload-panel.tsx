import { useEffect } from 'react';
import { useLocation } from 'wouter';
import { ErrorNotice, Notice } from '../../ui/notice.tsx';
import { FileDrop } from './file-drop.tsx';
import { ReportPanel } from './report-panel.tsx';
import { Sending } from './sending.tsx';
import { useFileUpload } from './use-file-upload.ts';

interface UploadPanelProps {
  /** There is no dataset yet: the button has the focus. */
  readonly isFirst: boolean;
  readonly onBusy: (isBusy: boolean) => void;
}

/** From a dropped file to a stored dataset: its report is shown first, and what is wrong can be mended. */
export function UploadPanel({ isFirst, onBusy }: UploadPanelProps) {
  const { state, file, options, isStoring, inspect, store, reset } = useFileUpload();
  const [, navigate] = useLocation();
  const isBusy = file !== null;
  useEffect(() => onBusy(isBusy), [isBusy, onBusy]);
  if (file === null) return <FileDrop isFirst={isFirst} onFile={inspect} />;
  if (state.phase === 'FAILED') {
    return (
      <section className="section">
        <h2>{file.name} could not be sent</h2>
        <ErrorNotice error={state.error} />
        <div className="actions">
          <button type="button" className="primary" onClick={() => inspect(file, options)}>
            Try again
          </button>
          <button type="button" onClick={reset}>
            Take another file
          </button>
        </div>
      </section>
    );
  }
  if (state.phase !== 'INSPECTED' && state.phase !== 'REFUSED') {
    return <Sending file={file} isStoring={isStoring} state={state} onCancel={reset} />;
  }
  return (
    <section className="section">
      <div role="status">
        {state.phase === 'INSPECTED' ? (
          <Notice tone="good">
            <p>The file can be read. Have a look, then store it.</p>
          </Notice>
        ) : (
          <Notice tone="bad">
            <p>The file cannot be stored as it is. Change below how it is read and look again, or mend the file.</p>
          </Notice>
        )}
      </div>
      <ReportPanel
        file={file}
        report={state.report}
        options={options}
        onInspect={(next) => inspect(file, next)}
        onReset={reset}
        onStore={(name) => {
          void store(name).then((dataset) => {
            if (dataset !== null) navigate(`/datasets/${dataset.id}?tab=train`);
          });
        }}
      />
    </section>
  );
}
