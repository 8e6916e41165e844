import { readFile } from 'node:fs/promises';

/** The keys of a user of the store. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Keys, and the files that they were read from; null where they come from no file. */
export interface RotatingKeys extends S3Keys {
  readonly accessKeyFile: string | null;
  readonly secretKeyFile: string | null;
}

/** How often the files are read, at most. */
const READ_MILLISECONDS = 1_000;

/**
 * Gives the keys to the SDK, as they are in their files now, so that an operator can replace them without a restart. A file that cannot
 * be read, or is empty, is about to be replaced: its key stays meanwhile. Of a pair that is replaced file by file, requests in between are
 * refused by the store.
 */
export function keysProvider({ accessKeyFile, secretKeyFile, ...initial }: RotatingKeys) {
  let keys: S3Keys = initial;
  let readAt = performance.now();
  return async (): Promise<S3Keys & { readonly expiration?: Date }> => {
    if (accessKeyFile === null && secretKeyFile === null) return keys;
    if (performance.now() - readAt >= READ_MILLISECONDS) {
      readAt = performance.now();
      const [accessKeyId, secretAccessKey] = await Promise.all([
        contentOf(accessKeyFile, keys.accessKeyId),
        contentOf(secretKeyFile, keys.secretAccessKey),
      ]);
      keys = { accessKeyId, secretAccessKey };
    }
    // The SDK asks again for what has expired.
    return { ...keys, expiration: new Date() };
  };
}

async function contentOf(file: string | null, before: string): Promise<string> {
  if (file === null) return before;
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() || before;
}
