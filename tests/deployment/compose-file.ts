import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A service as docker-compose.yml describes it, as far as the tests look at it. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | number>>;
  readonly secrets: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart: string;
  readonly stop_grace_period: string;
  readonly read_only?: boolean;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

export const ROOT = join(import.meta.dirname, '../..');

/** Reads docker-compose.yml with its anchors; `${NAME:-default}` is the default. */
export async function readComposeFile(): Promise<ComposeFile> {
  const source = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8');
  const filledIn = source.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  if (filledIn.includes('${')) throw new Error('A variable of docker-compose.yml has no default.');
  return parse(filledIn, { merge: true }) as ComposeFile;
}

/** The environment of a service, with its secrets in another folder than that of containers. */
export function environmentOf({ environment }: ComposeService, secrets: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, String(value ?? '').replace('/run/secrets', secrets)]),
  );
}
