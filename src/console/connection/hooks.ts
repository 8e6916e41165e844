import { useSyncExternalStore } from 'react';
import type { SessionViewer } from '../../client/core/index.ts';
import { signedIn } from './server.ts';
import type { SignedInState } from './signed-in.ts';

const subscribe = (listener: () => void) => signedIn.subscribe(listener);

export function useSession(): SignedInState {
  return useSyncExternalStore(subscribe, () => signedIn.state);
}

/** Who is signed in; only on pages behind the sign-in. */
export function useViewer(): SessionViewer {
  const state = useSession();
  if (state.status !== 'SIGNED_IN') throw new Error('Nobody is signed in.');
  return state.viewer;
}
