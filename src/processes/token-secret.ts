import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { writeFileIfAbsent } from '../platform/write-file-if-absent.ts';
import { StartError } from './start-error.ts';

const SECRET_BYTES = 32;

/** TOKEN_SECRET, or the one that was made under DATA_DIRECTORY at the first start and is kept there. */
export async function tokenSecret(config: Pick<Config, 'TOKEN_SECRET' | 'DATA_DIRECTORY'>): Promise<string> {
  if (config.TOKEN_SECRET !== null) return config.TOKEN_SECRET;
  const path = join(config.DATA_DIRECTORY, 'token-secret');
  await makeFolder(config.DATA_DIRECTORY);
  await writeFileIfAbsent(path, randomBytes(SECRET_BYTES).toString('hex'));
  const secret = (await readFile(path, 'utf8').catch((error: unknown) => unreadable(path, error))).trim();
  if (secret.length < SECRET_BYTES) {
    throw new StartError(
      'TOKEN_SECRET_UNREADABLE',
      `${path} holds no secret: bring it back from a backup, set TOKEN_SECRET, or delete it to have a new one made (everyone signs in again).`,
    );
  }
  return secret;
}

function unreadable(path: string, error: unknown): never {
  throw new StartError(
    'TOKEN_SECRET_UNREADABLE',
    `The token secret cannot be read (${error instanceof Error ? error.message : String(error)}): give ${path} to the user that runs Trainyard, or set TOKEN_SECRET.`,
    { cause: error },
  );
}
