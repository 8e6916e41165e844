import type { RunFieldsFragment } from '../../client/core/index.ts';
import { count, duration, metric, metricTitle, words } from '../ui/format.ts';

type StatusOf = Pick<RunFieldsFragment, 'status' | 'endReason'>;

const TONES: Readonly<Partial<Record<RunFieldsFragment['status'], string>>> = {
  QUEUED: 'warn',
  RUNNING: 'live',
  SUCCEEDED: 'good',
  FAILED: 'bad',
};

export function RunStatus({ run: { status, endReason } }: { readonly run: StatusOf }) {
  // The end of its time is what was asked for, and how most searches of AUTO end.
  const text = endReason === 'STOPPED' ? 'Stopped, kept' : words(status);
  return <span className={`status ${TONES[status] ?? ''}`}>{text}</span>;
}

/** "about 12 s left", "third in the queue". */
export function outlookOf({
  status,
  etaSeconds,
  queuePosition,
}: Pick<RunFieldsFragment, 'status' | 'etaSeconds' | 'queuePosition'>): string {
  const eta = etaSeconds === null ? '' : `about ${duration(etaSeconds)} left`;
  if (status !== 'QUEUED' || queuePosition === null) return eta;
  const position = queuePosition === 1 ? 'next in the queue' : `number ${count(queuePosition)} in the queue`;
  return eta === '' ? position : `${position}, ${eta}`;
}

/** Its name, or else what it predicts. */
export function titleOf({
  name,
  datasetName,
  target,
}: Pick<RunFieldsFragment, 'name' | 'datasetName' | 'target'>): string {
  return name ?? (datasetName === '' ? target : `${datasetName} → ${target}`);
}

/** The main metric of a run; empty before there is one. */
export function scoreOf({ metrics }: Pick<RunFieldsFragment, 'metrics'>): string {
  const primary = metrics?.primary;
  return primary ? `${metricTitle(primary.name)} ${metric(primary.value)}` : '';
}
