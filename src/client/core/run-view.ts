import { TrainyardError, toTrainyardError } from './errors.ts';
import { untilReachable } from './retry.ts';
import type { Sink } from './subscribe.ts';
import { followTrainingEvents, type TrainingEvent } from './training-events.ts';
import type { Trainyard } from './trainyard.ts';

/** Something of a run that a query gives as it is, and events change. */
export interface RunView<Run, Shown> {
  readonly read: (aborter: AbortController) => Promise<Run | null>;
  /** What was read fills what events have not told yet. */
  readonly fill: (run: Run) => void;
  /** What was read at the end stands instead of all else. */
  readonly replace: (run: Run) => void;
  /** Says whether the event changes something, and whether all is to be read again. */
  readonly add: (event: TrainingEvent) => 'NOTHING' | 'CHANGED' | 'NEW_ATTEMPT';
  readonly shown: () => Shown;
}

/** Changes that come in a burst are shown together. */
const MILLISECONDS_BETWEEN_SHOWS = 50;

const RUN_IS_GONE = { message: 'The run has been deleted.', extensions: { code: 'NOT_FOUND' } };

/** Follows a view of a run: what is there at once, then each change, at the end what is stored. */
export function followRunView<Run extends Pick<TrainingEvent, 'status'>, Shown>(
  trainyard: Trainyard,
  runId: string,
  { read, fill, replace, add, shown }: RunView<Run, Shown>,
  sink: Sink<Shown>,
): () => void {
  const aborter = new AbortController();
  let timer: ReturnType<typeof setTimeout> | null = null;
  const show = () => {
    timer = null;
    sink.next(shown());
  };
  const showSoon = () => {
    timer ??= setTimeout(show, MILLISECONDS_BETWEEN_SHOWS);
  };
  const stop = () => {
    aborter.abort();
    unsubscribe();
    if (timer !== null) clearTimeout(timer);
  };
  const fail = (error: TrainyardError) => {
    if (aborter.signal.aborted) return;
    stop();
    sink.error?.(error);
  };
  const end = (run: Run) => {
    if (aborter.signal.aborted) return;
    replace(run);
    stop();
    show();
    sink.complete?.();
  };
  const load = async (isEnd: boolean) => {
    try {
      const run = await untilReachable(() => read(aborter), aborter.signal);
      if (run === null) throw new TrainyardError([RUN_IS_GONE]);
      // Of a run that has ended, the events have nothing to add.
      if (isEnd || (run.status !== 'QUEUED' && run.status !== 'RUNNING')) end(run);
      else {
        fill(run);
        showSoon();
      }
    } catch (error) {
      fail(toTrainyardError(error));
    }
  };
  const unsubscribe = followTrainingEvents(trainyard, runId, {
    next: (event) => {
      const what = add(event);
      if (what !== 'NOTHING') showSoon();
      if (what === 'NEW_ATTEMPT') void load(false);
    },
    error: fail,
    complete: () => void load(true),
  });
  void load(false);
  return stop;
}
