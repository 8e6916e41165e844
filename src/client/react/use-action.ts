import { useCallback, useState } from 'react';
import { type TrainyardError, toTrainyardError } from '../core/errors.ts';

/** Something that a user does, and its last outcome. */
export interface Action<Args extends readonly unknown[], Result> {
  /** Does it. Gives null if it failed; `error` then says why. */
  readonly run: (...args: Args) => Promise<Result | null>;
  readonly isRunning: boolean;
  readonly error: TrainyardError | null;
}

/** Runs an action, for hooks: a failure is shown, not thrown. */
export function useAction<Args extends readonly unknown[], Result>(
  act: (...args: Args) => Promise<Result>,
): Action<Args, Result> {
  const [running, setRunning] = useState(0);
  const [error, setError] = useState<TrainyardError | null>(null);
  const run = useCallback(
    async (...args: Args) => {
      setRunning((before) => before + 1);
      setError(null);
      try {
        return await act(...args);
      } catch (failure) {
        setError(toTrainyardError(failure));
        return null;
      } finally {
        setRunning((before) => before - 1);
      }
    },
    [act],
  );
  return { run, isRunning: running > 0, error };
}
