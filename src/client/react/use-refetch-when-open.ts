import { useEffect, useRef } from 'react';
import { useConnection } from './use-connection.ts';

/** When the socket has been opened, or opened again: what happened before that was not told. */
export function useRefetchWhenOpen(refetch: () => void): void {
  const { state, reconnects } = useConnection();
  const isOpen = state === 'OPEN';
  const seen = useRef({ isOpen, reconnects });
  useEffect(() => {
    const { isOpen: wasOpen, reconnects: before } = seen.current;
    seen.current = { isOpen, reconnects };
    if (isOpen && (!wasOpen || reconnects > before)) refetch();
  }, [isOpen, reconnects, refetch]);
}
