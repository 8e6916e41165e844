import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';

const SECRET_BYTES = 32;

/** TOKEN_SECRET, or the one that was made under DATA_DIRECTORY at the first start and is kept there. */
export async function tokenSecret(config: Pick<Config, 'TOKEN_SECRET' | 'DATA_DIRECTORY'>): Promise<string> {
  if (config.TOKEN_SECRET !== null) return config.TOKEN_SECRET;
  const path = join(config.DATA_DIRECTORY, 'token-secret');
  await mkdir(config.DATA_DIRECTORY, { recursive: true });
  try {
    await writeFile(path, randomBytes(SECRET_BYTES).toString('hex'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  }
  const secret = (await readFile(path, 'utf8')).trim();
  if (secret.length < SECRET_BYTES)
    throw new Error(`${path} holds no secret; delete it to have a new one made (everyone signs in again).`);
  return secret;
}
