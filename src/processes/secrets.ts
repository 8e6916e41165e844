import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AccessTokens } from '../auth/sessions/access-tokens.ts';
import { TokenKeys } from '../auth/sessions/token-keys.ts';
import type { Config } from '../config.ts';
import { errorCodeOf } from '../platform/error-code.ts';
import { makeFolder } from '../platform/make-folder.ts';
import { SignedTokens } from '../platform/signed-tokens.ts';
import { writeFileIfAbsent } from '../platform/write-file-if-absent.ts';
import { StartError } from './start-error.ts';

const SECRET_BYTES = 32;

type SecretSettings = Pick<Config, 'TOKEN_SECRET' | 'TOKEN_KEYS' | 'DATA_DIRECTORY' | 'DATABASE_URL'>;

/** A secret of the server: a setting, or a file under DATA_DIRECTORY. */
interface Secret {
  readonly setting: 'TOKEN_SECRET' | 'TOKEN_KEYS';
  readonly file: string;
  /** A new one. */
  readonly make: () => string;
  /** How an operator makes one. */
  readonly command: string;
  /** What becomes of what the former one has signed. */
  readonly loss: string;
}

const TOKEN_SECRET: Secret = {
  setting: 'TOKEN_SECRET',
  file: 'token-secret',
  make: () => randomBytes(SECRET_BYTES).toString('hex'),
  command: 'openssl rand -hex 32',
  loss: 'download links and addresses of uploads become invalid',
};

const TOKEN_KEYS: Secret = {
  setting: 'TOKEN_KEYS',
  file: 'token-keys.pem',
  make: () => String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  command: 'openssl genpkey -algorithm ed25519',
  loss: 'access tokens become invalid, and clients refresh their sessions',
};

/** What an API process signs with. */
export interface Signing {
  readonly accessTokens: AccessTokens;
  /** Links of downloads and addresses of uploads. */
  readonly links: SignedTokens;
}

/** Reads the secrets of an API process. With the embedded database those that are missing are made at the first start. */
export async function openSigning(config: SecretSettings): Promise<Signing> {
  const links = new SignedTokens(await tokenSecret(config));
  return { accessTokens: new AccessTokens(await tokenKeys(config), links), links };
}

/** TOKEN_SECRET, or the one that is kept under DATA_DIRECTORY. */
export async function tokenSecret(config: SecretSettings): Promise<string> {
  const secret = await read(TOKEN_SECRET, config);
  if (secret.length < SECRET_BYTES) throw unusable(TOKEN_SECRET, config);
  return secret;
}

/** TOKEN_KEYS, or those that are kept under DATA_DIRECTORY. */
async function tokenKeys(config: SecretSettings): Promise<TokenKeys> {
  const pem = await read(TOKEN_KEYS, config);
  return await TokenKeys.parse(pem).catch(() => {
    throw unusable(TOKEN_KEYS, config);
  });
}

async function read(secret: Secret, config: SecretSettings): Promise<string> {
  const given = config[secret.setting];
  if (given !== null) return given;
  const path = pathOf(secret, config);
  if (config.DATABASE_URL === null) {
    await makeFolder(config.DATA_DIRECTORY);
    await writeFileIfAbsent(path, secret.make());
  }
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw errorCodeOf(error) === 'ENOENT' ? missing(secret, path) : unreadable(secret, path, error);
  });
  return text.trim();
}

function pathOf({ file }: Secret, { DATA_DIRECTORY }: SecretSettings): string {
  return join(DATA_DIRECTORY, file);
}

/** With a database of its operator the server may run on several machines, which would each make a secret of their own. */
function missing({ setting, command }: Secret, path: string): StartError {
  return new StartError(
    `${setting}_MISSING`,
    `${setting} must be set with DATABASE_URL: run "${command} > FILE", readable by the user of Trainyard alone, and set ${setting}_FILE=FILE, the same for all API processes. Where all of them share DATA_DIRECTORY, it may be ${path}.`,
  );
}

function unusable(secret: Secret, config: SecretSettings): StartError {
  return new StartError(
    `${secret.setting}_UNREADABLE`,
    `${pathOf(secret, config)} holds no secret: bring it back from a backup, set ${secret.setting}, or put there what "${secret.command}" prints (${secret.loss}).`,
  );
}

function unreadable({ setting }: Secret, path: string, error: unknown): StartError {
  return new StartError(
    `${setting}_UNREADABLE`,
    `${path} cannot be read (${error instanceof Error ? error.message : String(error)}): give it to the user that runs Trainyard, or set ${setting}.`,
    { cause: error },
  );
}
