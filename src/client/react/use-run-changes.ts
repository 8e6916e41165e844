import { useEffect, useRef } from 'react';
import { TrainingRunChangesDocument, type TrainingRunChangesSubscription } from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';

/** What has happened to a run of the workspace. */
export type RunChange = TrainingRunChangesSubscription['trainingRunChanges'];

/** Changes that come together lead to one fetch. */
const MILLISECONDS_UNTIL_REFETCH = 200;

/**
 * Follows the runs of the workspace, or of one dataset. `show` gets each change, and says whether it could show it; if not,
 * all is fetched again. So it is when the server begins to follow, at first or after a reconnect: what happened between the
 * fetch before and that moment is told by nobody.
 */
export function useRunChanges(
  datasetId: string | null,
  refetch: () => void,
  show: (change: RunChange) => boolean,
): void {
  const client = useTrainyard();
  const latestShow = useRef(show);
  useEffect(() => {
    latestShow.current = show;
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const refetchSoon = () => {
      timer ??= setTimeout(() => {
        timer = null;
        refetch();
      }, MILLISECONDS_UNTIL_REFETCH);
    };
    const next = ({ trainingRunChanges: change }: TrainingRunChangesSubscription) => {
      if (!latestShow.current(change)) refetchSoon();
    };
    const unsubscribe = client.subscribe(TrainingRunChangesDocument, { datasetId }, { next, confirmed: refetch });
    return () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    };
  }, [client, datasetId, refetch]);
}
