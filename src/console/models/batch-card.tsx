import type { BatchFieldsFragment } from '../../client/core/index.ts';
import { type LiveBatchPrediction, useBatchPrediction, useDownload } from '../../client/react/index.ts';
import { outlookOf } from '../runs/run-status.tsx';
import { counted, dateTime, decimal, metric, metricTitle, percent, words } from '../ui/format.ts';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { Table } from '../ui/table.tsx';

/** A batch that is followed to its end; then its file, and how its rows differ from those of the training. */
export function BatchCard({ batch: listed }: { readonly batch: BatchFieldsFragment }) {
  const isListedActive = listed.status === 'QUEUED' || listed.status === 'RUNNING';
  const live = useBatchPrediction(isListedActive ? listed.id : null);
  const batch = live.batch ?? listed;
  const { status, dataset, createdAt, rowCount, error, drift, warnings, metrics } = batch;
  const name = dataset === null ? 'A deleted dataset' : `${dataset.name}, version ${dataset.version}`;
  return (
    <article className="journey">
      <div className="journey-head">
        <h2>{name}</h2>
        <span className="muted">
          {words(status)}, {dateTime(createdAt)}
          {rowCount !== null && `, ${counted(rowCount, 'row')}`}
        </span>
      </div>
      {status === 'QUEUED' || status === 'RUNNING' ? (
        <Active batch={batch} live={live} name={name} />
      ) : (
        <BatchFile batch={batch} />
      )}
      {metrics?.primary && (
        <p>
          {`${metricTitle(metrics.primary.name)} ${metric(metrics.primary.value)}, on ${counted(metrics.nSamples, 'row')} with a target`}
        </p>
      )}
      {error !== null && (
        <Notice tone="bad">
          <p>{error.message}</p>
          {error.hint !== null && <p>{error.hint}</p>}
        </Notice>
      )}
      {warnings.map(({ column, message }) => (
        <Notice key={column + message} tone="warn">
          <p>
            {column !== '' && <strong>{column}: </strong>}
            {message}
          </p>
        </Notice>
      ))}
      {drift !== null && drift.length > 0 && <Drift drift={drift} />}
    </article>
  );
}

interface ActiveProps {
  readonly batch: BatchFieldsFragment;
  readonly live: LiveBatchPrediction;
  readonly name: string;
}

function Active({ batch, live: { cancel, isBusy, error }, name }: ActiveProps) {
  return (
    <>
      <div className="run-progress">
        <ProgressBar label={`Progress of the predictions for ${name}`} value={batch.progress} />
      </div>
      <div className="actions">
        <button type="button" className="danger" aria-disabled={isBusy} onClick={() => void cancel()}>
          Cancel
        </button>
        <span className="muted number">{outlookOf(batch) || words(batch.stage)}</span>
      </div>
      <ErrorNotice error={error} />
    </>
  );
}

function BatchFile({ batch: { id, status } }: { readonly batch: BatchFieldsFragment }) {
  const { download, error } = useDownload();
  if (status !== 'SUCCEEDED') return null;
  return (
    <div className="actions">
      <button type="button" onClick={() => void download({ batchPredictionId: id })}>
        Download the predictions
      </button>
      <ErrorNotice error={error} />
    </div>
  );
}

function Drift({ drift }: { readonly drift: NonNullable<BatchFieldsFragment['drift']> }) {
  const sorted = [...drift].sort((a, b) => b.statistic - a.statistic);
  return (
    <details>
      <summary>How the rows differ from those of the training</summary>
      <Table label="Drift by column">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Verdict</th>
            {['Stability index', 'Unseen', 'Missing then', 'Missing now'].map((title) => (
              <th key={title} scope="col" className="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ column, verdict, statistic, unseenRatio, missingBefore, missingNow }) => (
            <tr key={column}>
              <th scope="row">{column}</th>
              <td>{words(verdict)}</td>
              <td className="number">{decimal(Number(statistic.toPrecision(3)))}</td>
              <td className="number">{percent(unseenRatio)}</td>
              <td className="number">{percent(missingBefore)}</td>
              <td className="number">{percent(missingNow)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}
