import { useRef, useState } from 'react';
import type { DatasetFieldsFragment } from '../../../client/core/index.ts';
import { type Upload, useUpload } from '../../../client/react/index.ts';
import { newKey } from '../../ui/new-key.ts';
import { DETECTED, type ReadOptions, toCsvOptions } from './read-options.ts';

/** A file from the first look at it until it is stored. */
interface FileUpload {
  readonly state: Upload['state'];
  /** Null before a file was chosen. */
  readonly file: File | null;
  /** How the file was read last. */
  readonly options: ReadOptions;
  /** Whether the file is sent to be stored, not only to be looked at. */
  readonly isStoring: boolean;
  /** Reads the file on the server without storing it. */
  readonly inspect: (file: File, options?: ReadOptions) => void;
  /** Null if it was not stored. */
  readonly store: (name: string) => Promise<DatasetFieldsFragment | null>;
  readonly reset: () => void;
}

export function useFileUpload(): FileUpload {
  const { state, inspect, upload, abort } = useUpload();
  const [file, setFile] = useState<File | null>(null);
  const [options, setOptions] = useState(DETECTED);
  const [isStoring, setStoring] = useState(false);
  // The same for the file and its options, so that trying again after a lost answer stores it once.
  const key = useRef(newKey());
  return {
    ...{ state, file, options, isStoring },
    inspect(next, nextOptions = DETECTED) {
      key.current = newKey();
      setFile(next);
      setOptions(nextOptions);
      setStoring(false);
      void inspect(next, { csv: toCsvOptions(nextOptions) });
    },
    async store(name) {
      if (file === null) return null;
      setStoring(true);
      const stored = await upload(file, { name, csv: toCsvOptions(options), idempotencyKey: key.current });
      return stored.phase === 'DONE' ? stored.dataset : null;
    },
    reset() {
      abort();
      setFile(null);
    },
  };
}
