import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { errorCodeOf } from './error-code.ts';

/**
 * Writes a file that only its owner may read, unless there is one of that name: then the one that stands is left as it is,
 * without an error. Whoever finds the file finds it complete, also of two that write at once. Rejects as `writeFile` does.
 */
export async function writeFileIfAbsent(path: string, content: string): Promise<void> {
  // Written aside and then linked. A name by the process id would be the same in two containers, and the second would write
  // over what the first has linked.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (errorCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
