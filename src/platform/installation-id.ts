import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodeOf } from './error-code.ts';
import { isUuid } from './ids.ts';
import { writeFileIfAbsent } from './write-file-if-absent.ts';

/** A start that would work on files and rows that do not belong together; the message is for the operator. */
export class InstallationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InstallationError';
  }
}

/** The file below DATA_DIRECTORY that carries the id. */
export function installationFile(directory: string): string {
  return join(directory, 'installation-id');
}

/** The id that the folder carries; null for none. Throws InstallationError where the file holds something else. */
export async function readInstallationId(directory: string): Promise<string | null> {
  const path = installationFile(directory);
  try {
    const id = (await readFile(path, 'utf8')).trim();
    if (!isUuid(id)) {
      throw new InstallationError(`${path} does not hold an installation's id; restore it from a backup.`);
    }
    return id;
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Gives the folder an id where it has none; in either case the one that it has then. Two may do so at once. */
export async function ensureInstallationId(directory: string, id: string): Promise<string> {
  await writeFileIfAbsent(installationFile(directory), `${id}\n`);
  return (await readInstallationId(directory)) ?? id;
}
