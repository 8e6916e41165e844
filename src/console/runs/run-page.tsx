import { lazy, Suspense } from 'react';
import { Link } from 'wouter';
import type { Monotone, TrainingEvent } from '../../client/core/index.ts';
import { isActive, type LiveTrainingRun, useTrainingEvents } from '../../client/react/index.ts';
import { useViewer } from '../connection/hooks.ts';
import { NotFound } from '../shell/not-found.tsx';
import { useAddress } from '../ui/address.ts';
import { Facts } from '../ui/facts.tsx';
import { bytes, counted, duration, percent, words } from '../ui/format.ts';
import { ErrorNotice, Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Curve } from './curve.tsx';
import { Journey } from './journey.tsx';
import { Labels } from './labels.tsx';
import { Leaderboard } from './leaderboard.tsx';
import { Origin } from './origin.tsx';
import { RunActions } from './run-actions.tsx';
import { datasetOf, originOf } from './run-origin.ts';
import { titleOf } from './run-status.tsx';
import { Scores } from './scores.tsx';
import { type Run, useRun } from './use-run.ts';

const Evaluation = lazy(async () => ({ default: (await import('./evaluation/evaluation.tsx')).Evaluation }));
const Importances = lazy(async () => ({ default: (await import('./evaluation/importances.tsx')).Importances }));
const ModelCard = lazy(async () => ({ default: (await import('./evaluation/model-card.tsx')).ModelCard }));

const TABS = [
  ['result', 'Result'],
  ['evaluation', 'Evaluation'],
  ['importances', 'Importances'],
  ['card', 'Model card'],
  ['settings', 'Settings'],
  ['history', 'History'],
] as const;

/** The events that a timeline shows; those of the progress are thousands. */
const MILESTONES: readonly TrainingEvent['kind'][] = ['STAGE', 'STATUS', 'LOG'];

export function RunPage({ id }: { readonly id: string }) {
  const { run, live, error } = useRun(id);
  const { events } = useTrainingEvents(id, { kinds: MILESTONES });
  const [beside] = useAddress('beside');
  if (run === null) return live.error?.code === 'NOT_FOUND' ? <NotFound /> : <ErrorNotice error={error} />;
  return (
    <Page
      title={titleOf(run)}
      above={
        <>
          <Link href="/runs">Runs</Link> / {originOf(run)}
        </>
      }
      below={
        <>
          {run.datasetVersion === 0 ? (
            'Imported without a dataset'
          ) : (
            <Link href={`/datasets/${run.datasetId}`}>{datasetOf(run)}</Link>
          )}
          {run.tags.length > 0 && `, ${run.tags.join(', ')}`}
          {run.retryOf && (
            <>
              , again after <Link href={`/runs/${run.retryOf.id}`}>an earlier run</Link>
            </>
          )}
        </>
      }
      actions={<RunActions run={run} live={live} />}
    >
      <ErrorNotice error={error} />
      <Journey run={run} events={events} />
      {beside !== '' && (
        <Notice>
          <p>
            Linear is trained beside it: <Link href={`/runs/${beside}`}>follow it</Link>, or{' '}
            <Link href={`/compare?runs=${run.id},${beside}`}>compare the two</Link>.
          </p>
        </Notice>
      )}
      {run.error && (
        <Notice tone="bad">
          <p>{run.error.message}</p>
          {run.error.hint && <p>{run.error.hint}</p>}
        </Notice>
      )}
      {isActive(run) ? (
        <>
          {run.importedFrom === null && <Curve run={run} />}
          {run.algorithm === 'AUTO' && <Leaderboard run={run} />}
        </>
      ) : (
        <Ended run={run} live={live} events={events} />
      )}
    </Page>
  );
}

interface EndedProps {
  readonly run: Run;
  readonly live: LiveTrainingRun;
  readonly events: readonly TrainingEvent[];
}

function Ended({ run, live, events }: EndedProps) {
  const [tab] = useAddress('tab', 'result');
  const shown = partsOf(run);
  const tabs = TABS.filter(([name]) => shown.includes(name));
  return (
    <>
      <Tabs label="Run" current={tab} tabs={tabs} />
      {tab === 'result' && (
        <>
          <div className="columns">
            <Scores run={run} />
            {run.importedModel === null ? <Curve run={run} /> : <Origin model={run.importedModel} />}
          </div>
          {run.algorithm === 'AUTO' && <Leaderboard run={run} />}
        </>
      )}
      <Suspense fallback={<p className="muted">Loading …</p>}>
        {tab === 'evaluation' && <Evaluation id={run.id} />}
        {tab === 'importances' && <Importances id={run.id} target={run.target} />}
        {tab === 'card' && <ModelCard id={run.id} />}
      </Suspense>
      {tab === 'settings' && <Settings run={run} live={live} />}
      {tab === 'history' && <Attempts events={events} />}
    </>
  );
}

/** The parts of its page for which there is something to show. */
function partsOf({ status, importedFrom, metrics }: Run): readonly string[] {
  if (status !== 'SUCCEEDED') return ['result', 'settings', 'history'];
  if (importedFrom !== null && metrics === null) return ['result', 'card', 'settings', 'history'];
  return TABS.map(([name]) => name);
}

function Settings({ run, live }: Omit<EndedProps, 'events'>) {
  const { split, engine, hosts, refit, refitted, weightColumn, monotone, parameters, resources, artifact } = run;
  const isImport = run.importedFrom !== null;
  return (
    <section className="section">
      {useViewer().role !== 'READER' && <Labels run={run} live={live} />}
      <Facts
        facts={[
          ['Test rows', isImport ? null : `${words(split.strategy).toLowerCase()}, ${percent(split.testFraction)}`],
          ['Seed of the split', isImport ? null : String(split.seed)],
          ['Trained on', engine === 'LOCAL' ? null : hosts === null ? 'several hosts' : counted(hosts, 'host')],
          ['Fitted again to all rows', refit ? (refitted === false ? 'no: it ended before' : 'yes') : null],
          ['Rows count by', weightColumn],
          ['Never falls as these rise', namesOf(monotone, 'INCREASING')],
          ['Never rises as these rise', namesOf(monotone, 'DECREASING')],
          ['CPU time', resources === null ? null : duration(resources.cpuSeconds)],
          ['Peak memory', resources === null ? null : bytes(resources.peakMemoryBytes)],
          ['Model file', artifact === null ? null : bytes(artifact.sizeBytes)],
        ]}
      />
      {parameters.length > 0 && (
        <>
          <h2>Parameters</h2>
          <Facts facts={parameters.map(({ name, value }) => [words(name), value] as const)} />
        </>
      )}
    </section>
  );
}

/** The columns of that direction; null for none. */
function namesOf(monotone: Run['monotone'], wanted: Monotone): string | null {
  const names = monotone.filter(({ direction }) => direction === wanted).map(({ column }) => column);
  return names.length === 0 ? null : names.join(', ');
}

function Attempts({ events }: { readonly events: readonly TrainingEvent[] }) {
  return (
    <section className="section">
      <p className="muted">{counted(events.length, 'event')}</p>
      <ol className="stack">
        {events.map(({ seq, at, attempt, stage, status, message }) => (
          <li key={seq}>
            <span className="muted number">
              {new Date(at).toLocaleTimeString('en-GB')} · attempt {attempt} ·{' '}
            </span>
            {words(status)}, {words(stage).toLowerCase()}
            {message !== null && `: ${message}`}
          </li>
        ))}
      </ol>
    </section>
  );
}
