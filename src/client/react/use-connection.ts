import { useCallback, useSyncExternalStore } from 'react';
import type { ConnectionSnapshot } from '../core/connection.ts';
import { useTrainyard } from './provider.ts';

/** The state of the connection, for a page that says when it is lost and when it stands again. */
export function useConnection(): ConnectionSnapshot {
  const { connection } = useTrainyard();
  return useSyncExternalStore(
    useCallback((listener) => connection.subscribe(listener), [connection]),
    () => connection.current,
    () => connection.current,
  );
}
