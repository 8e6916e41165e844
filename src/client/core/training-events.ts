import { TrainingEventsDocument, type TrainingEventsSubscription } from '../operations/operations.ts';
import type { Sink } from './subscribe.ts';
import type { Trainyard } from './trainyard.ts';

/** One entry in the history of a run. */
export type TrainingEvent = TrainingEventsSubscription['trainingEvents'];

/**
 * Follows the events of a run, each once and in order, whatever happens to the connection: after a reconnect the server is
 * asked for what follows the last one, and what was seen before is dropped.
 */
export function followTrainingEvents(
  trainyard: Trainyard,
  runId: string,
  sink: Sink<TrainingEvent>,
  afterSeq = 0,
): () => void {
  const variables = { runId, afterSeq };
  return trainyard.subscribe(TrainingEventsDocument, variables, {
    ...sink,
    next: ({ trainingEvents: event }) => {
      if (event.seq <= variables.afterSeq) return;
      variables.afterSeq = event.seq;
      sink.next(event);
    },
  });
}
