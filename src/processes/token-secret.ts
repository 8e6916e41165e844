import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { StartError } from './start-error.ts';

const SECRET_BYTES = 32;

/** TOKEN_SECRET, or the one that was made under DATA_DIRECTORY at the first start and is kept there. */
export async function tokenSecret(config: Pick<Config, 'TOKEN_SECRET' | 'DATA_DIRECTORY'>): Promise<string> {
  if (config.TOKEN_SECRET !== null) return config.TOKEN_SECRET;
  const path = join(config.DATA_DIRECTORY, 'token-secret');
  await mkdir(config.DATA_DIRECTORY, { recursive: true });
  // Written aside and then linked: whoever finds the file finds it complete, also of two that start at once. A name by the
  // process id would be the same in two containers, and the second would write over the secret that the first has linked.
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, randomBytes(SECRET_BYTES).toString('hex'), { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
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
