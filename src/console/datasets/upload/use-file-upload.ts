import { useRef, useState } from 'react';
import { type DatasetFieldsFragment, IdempotencyKeys } from '../../../client/core/index.ts';
import { type Upload, useUpload } from '../../../client/react/index.ts';
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
  const keys = useRef(new IdempotencyKeys());
  return {
    ...{ state, file, options, isStoring },
    inspect(next, nextOptions = DETECTED) {
      setFile(next);
      setOptions(nextOptions);
      setStoring(false);
      void inspect(next, { csv: toCsvOptions(nextOptions) });
    },
    async store(name) {
      if (file === null) return null;
      setStoring(true);
      // The same for the file and its options, so that trying again after a lost answer stores it once.
      const request = { name, csv: toCsvOptions(options) };
      const idempotencyKey = keys.current.keyFor([file.name, file.size, file.lastModified, request]);
      const stored = await upload(file, { ...request, idempotencyKey });
      if (stored.phase !== 'DONE') return null;
      keys.current.use();
      return stored.dataset;
    },
    reset() {
      abort();
      setFile(null);
    },
  };
}
