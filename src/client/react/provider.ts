import { createContext, createElement, type ReactNode, useContext } from 'react';
import type { Trainyard } from '../core/trainyard.ts';

const TrainyardContext = createContext<Trainyard | null>(null);

/** Gives the hooks below it their client. */
export function TrainyardProvider({ client, children }: { readonly client: Trainyard; readonly children?: ReactNode }) {
  return createElement(TrainyardContext.Provider, { value: client }, children);
}

/** The client of the provider above. */
export function useTrainyard(): Trainyard {
  const client = useContext(TrainyardContext);
  if (client === null) throw new Error('Hooks of @trainyard/client/react need a <TrainyardProvider> above them.');
  return client;
}
