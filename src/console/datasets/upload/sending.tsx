import type { Upload } from '../../../client/react/index.ts';
import { bytes } from '../../ui/format.ts';
import { ProgressBar } from '../../ui/progress-bar.tsx';

interface SendingProps {
  readonly file: File;
  readonly isStoring: boolean;
  readonly state: Upload['state'];
  readonly onCancel: () => void;
}

/** A file on its way. */
export function Sending({ file, isStoring, state, onCancel }: SendingProps) {
  const isSending = state.phase === 'SENDING';
  const title = `${isStoring ? 'Storing' : 'Looking at'} ${file.name}`;
  return (
    <div className="drop">
      <h2>{title}</h2>
      <div className="run-progress upload-progress">
        <ProgressBar label={title} value={isSending ? state.progress : 1} />
      </div>
      <p className="muted" role="status">
        {isSending ? `Sending ${bytes(file.size)} …` : 'Sent; the server reads it …'}
      </p>
      <button type="button" onClick={onCancel}>
        Stop
      </button>
    </div>
  );
}
