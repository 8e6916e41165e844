import type { RunStage, TrainingEvent } from '../../client/core/index.ts';
import { isActive } from '../../client/react/index.ts';
import { count, duration, words } from '../ui/format.ts';
import { ProgressBar } from '../ui/progress-bar.tsx';
import { outlookOf, RunStatus } from './run-status.tsx';
import type { Run } from './use-run.ts';

const STAGES: readonly RunStage[] = ['WAITING', 'LOADING', 'PREPARING', 'FITTING', 'EVALUATING', 'SAVING', 'DONE'];

interface JourneyProps {
  readonly run: Run;
  /** Those of its stages and statuses. */
  readonly events: readonly TrainingEvent[];
}

/** A run as a line with its stages as stations. */
export function Journey({ run, events }: JourneyProps) {
  const active = isActive(run);
  return (
    <section className="journey" aria-label="Progress of the run">
      <div className="journey-head">
        <div className="journey-now">
          <strong>{headlineOf(run)}</strong>
          <span className="muted number">{active ? outlookOf(run) : durationOf(run)}</span>
        </div>
        <div className="actions">
          {run.attempt > 1 && <span className="status warn">Attempt {count(run.attempt)}</span>}
          <RunStatus run={run} />
        </div>
      </div>
      <div className="run-progress">
        <ProgressBar label="Progress" value={run.progress} />
      </div>
      <Stations run={run} events={events} />
      <p className="visually-hidden" role="status">
        {active ? `${words(run.status)}: ${words(run.stage)}` : headlineOf(run)}
      </p>
    </section>
  );
}

function Stations({ run, events }: JourneyProps) {
  // What was imported is only evaluated.
  const stages = run.importedFrom === null ? STAGES : STAGES.filter((stage) => stage !== 'FITTING');
  const here = stages.indexOf(run.stage);
  const hasFailed = run.status === 'FAILED' || run.status === 'CANCELLED';
  // Of a run that failed, DONE is not where it came to.
  const reached = hasFailed ? lastReached(stages, events) : here;
  return (
    <ol className="line-map">
      {stages.map((stage, index) => {
        const classes = ['station', index < reached || run.status === 'SUCCEEDED' ? 'passed' : ''];
        if (index === reached) classes.push('here', hasFailed ? 'failed' : isActive(run) ? 'moving' : '');
        return (
          <li key={stage} className={classes.join(' ')} aria-current={index === reached ? 'step' : undefined}>
            <span>{words(stage)}</span>
            <small>{timeIn(stage, run, events)}</small>
          </li>
        );
      })}
    </ol>
  );
}

function lastReached(stages: readonly RunStage[], events: readonly TrainingEvent[]): number {
  const reached = events.map(({ stage }) => stages.indexOf(stage)).filter((index) => index < stages.length - 1);
  return reached.at(-1) ?? 0;
}

/** How long the current attempt was in a stage that it has left. */
function timeIn(stage: RunStage, { attempt }: Run, events: readonly TrainingEvent[]): string {
  const own = events.filter((entry) => entry.attempt === attempt || entry.stage === 'WAITING');
  const entered = own.find((entry) => entry.stage === stage);
  const left = entered && own.find((entry) => entry.seq > entered.seq && entry.stage !== stage);
  if (!entered || !left || stage === 'DONE') return '';
  return duration((Date.parse(left.at) - Date.parse(entered.at)) / 1000);
}

function headlineOf(run: Run): string {
  if (run.status === 'QUEUED') return 'Waiting for a worker';
  if (run.status === 'RUNNING') {
    return run.stopRequestedAt === null ? `${words(run.stage)} …` : 'Stopping; the model is kept …';
  }
  if (run.status === 'FAILED' || run.status === 'CANCELLED') return failureOf(run);
  if (run.endReason === 'STOPPED') return 'Stopped; the best model so far was kept';
  if (run.endReason === 'TIME_BUDGET') {
    return `Its time is used; the best model ${run.algorithm === 'AUTO' ? 'of all that were tried' : 'so far'} was kept`;
  }
  return run.endReason === 'EARLY_STOPPING' ? 'Done: more rounds made it no better' : 'Done';
}

function failureOf({ status, importedFrom, artifact }: Run): string {
  if (importedFrom === null) return status === 'FAILED' ? 'The training failed' : 'Cancelled; nothing was kept';
  const what = status === 'FAILED' ? 'The evaluation failed' : 'The evaluation was cancelled';
  return artifact === null ? what : `${what}; the model was kept`;
}

function durationOf({ durationSeconds }: Run): string {
  return durationSeconds === null ? '' : `after ${duration(durationSeconds)}`;
}
