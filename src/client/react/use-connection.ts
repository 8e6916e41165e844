import { useSyncExternalStore } from 'react';
import type { ConnectionSnapshot } from '../core/connection.ts';
import { useTrainyard } from './provider.ts';

/** The state of the connection, for a page that says when it is lost and when it stands again. */
export function useConnection(): ConnectionSnapshot {
  const { connection } = useTrainyard();
  const look = () => connection.current;
  return useSyncExternalStore(connection.subscribe, look, look);
}
