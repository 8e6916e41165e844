import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import * as z from 'zod/mini';
import { parseEd25519Keys } from './platform/ed25519-keys.ts';
import { errorCodeOf } from './platform/error-code.ts';

/**
 * Reads the text of a setting. The message of what it refuses completes "NAME …" and never repeats the text: it may be a
 * secret, and `readSetting` adds it where it is none.
 */
export type Schema<T> = z.ZodMiniType<T>;

/** One environment variable: how it is read, and what docs/settings.md says of it. */
export interface Setting<T> {
  readonly description: string;
  /** The default as an operator would write it; null: unset. */
  readonly default: string | null;
  /** True for a secret, which may stand in a file: NAME_FILE names it. */
  readonly isSecret?: boolean;
  readonly schema: Schema<T>;
}

export const MEGABYTE = 1_000_000;

/** Fewer would be used up while those of the training before are released. */
const MIN_PORTS = 8;

export function setting<T>(defaultText: string, schema: Schema<T>, description: string): Setting<T> {
  return { default: defaultText, schema, description };
}

/** A setting that has no default: null while it is unset. */
export function optional<T>(schema: Schema<T>, description: string): Setting<T | null> {
  return { default: null, schema, description };
}

/** A setting whose value is a secret. */
export function secretly<T>(described: Setting<T>): Setting<T> {
  return { ...described, isSecret: true };
}

export const anyText: Schema<string> = z.string();

export const directory: Schema<string> = parsed((path) => (isAbsolute(path) ? path : resolve(path)));

export const flag: Schema<boolean> = z.stringbool({
  truthy: ['true', '1', 'yes', 'on'],
  falsy: ['false', '0', 'no', 'off'],
  error: 'must be true or false',
});

export function choice<const T extends string>(choices: readonly T[]): Schema<T> {
  return z.pipe(z.string().check(z.toLowerCase()), z.enum(choices, `must be one of ${choices.join(', ')}`));
}

/** Digits may be grouped by underscores. */
export function wholeNumber(min: number, max: number): Schema<number> {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.pipe(
    parsed((text) => Number(text.replaceAll('_', ''))),
    z.int(error).check(z.minimum(min, error), z.maximum(max, error)),
  );
}

/** Ports from the first to the last. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Two ports with a hyphen between them. */
export const portRange: Schema<PortRange> = z.pipe(
  z.string().check(z.regex(/^\d{1,5}-\d{1,5}$/, 'must be two ports, such as 9100-9199')),
  z
    .pipe(
      parsed((text): PortRange => {
        const [first = 0, last = 0] = text.split('-').map(Number);
        return { first, last };
      }),
      z.custom<PortRange>(),
    )
    .check(
      z.refine(
        ({ first, last }) => first >= 1_024 && last <= 65_535 && first + MIN_PORTS <= last + 1,
        `must be at least ${MIN_PORTS} ports from 1024 to 65535`,
      ),
    ),
);

export function numberFrom(min: number, max: number): Schema<number> {
  const error = `must be a number from ${min} to ${max}`;
  return z.pipe(parsed(Number), z.number(error).check(z.minimum(min, error), z.maximum(max, error)));
}

export const origins = list(
  z.string().check(z.refine(isOrigin, 'must list origins such as https://app.example.com, without a path')),
);

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  // An asterisk would look as if it stood for any name.
  return url?.origin === text && url.protocol.startsWith('http') && !text.includes('*');
}

export const addresses = list(
  z
    .string()
    .check(
      z.refine(
        (text) => ipaddr.isValid(text) || ipaddr.isValidCIDR(text),
        'must list addresses such as 10.0.0.7 or 10.0.0.0/8',
      ),
    ),
);

/** File extensions, with or without their dot, in any case. */
export const extensions: Schema<readonly string[]> = z.pipe(
  z.string().check(z.regex(/^\s*\.?[\w-]+\s*(,\s*\.?[\w-]+\s*)*$/, 'must list extensions such as csv,txt')),
  list(parsed((text) => text.replace(/^\./, '').toLowerCase())),
);

export const httpUrl: Schema<string> = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .check(z.overwrite((url) => url.replace(/\/+$/, '')));

/** The names that S3 allows. */
export const bucketName: Schema<string> = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      'must be the name of a bucket: 3 to 63 small letters, digits, dots and hyphens',
    ),
  );

/** What is in it is read where it is used. */
export const postgresUrl: Schema<string> = z
  .string()
  .check(z.regex(/^postgres(ql)?:\/\//, 'must be a postgres:// address'));

export const smtpUrl: Schema<string> = z
  .string()
  .check(z.regex(/^smtps?:\/\//, 'must be an smtp:// or smtps:// address'));

export const secret: Schema<string> = z.string().check(z.minLength(32, 'must have at least 32 characters'));

/** Two: the one in use, and the one before or after it. */
const MAX_TOKEN_KEYS = 2;

export const tokenKeys: Schema<string> = z.string().check((context) => {
  const message = tokenKeysProblem(context.value);
  if (message !== null) context.issues.push({ code: 'custom', message, input: '' });
});

function tokenKeysProblem(text: string): string | null {
  try {
    return parseEd25519Keys(text).length > MAX_TOKEN_KEYS ? `must be one or two keys` : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const metricsToken: Schema<string> = z
  .string()
  .check(z.regex(/^\S{16,}$/, 'must have at least 16 characters, and no space'));

/** A schema that others can be built of: its type says that it takes text. */
type TextSchema<T> = z.ZodMiniType<T, string>;

function parsed<T>(parse: (text: string) => T): TextSchema<T> {
  return z.pipe(z.string(), z.transform(parse));
}

/** What stands between commas, each once. */
function list(part: TextSchema<string>): TextSchema<readonly string[]> {
  const parts = z.pipe(
    z.string(),
    z.transform((text) => text.split(',').flatMap((each) => each.trim() || [])),
  );
  return z.pipe(
    z.pipe(parts, z.array(part)),
    z.transform((values) => [...new Set(values)]),
  );
}

/**
 * Reads a setting from an environment; an empty variable counts as unset. A secret may stand in the file that NAME_FILE
 * names, such as one that an orchestrator mounts; its last line may end. Throws an Error whose message completes "NAME …".
 */
export function readSetting<T>(
  name: string,
  setting: Setting<T>,
  environment: Readonly<Record<string, string | undefined>>,
): T | null {
  const text = textOf(name, setting, environment);
  if (text === null) return null;
  const { data, error } = z.safeParse(setting.schema, text, { reportInput: true });
  const issue = error?.issues[0];
  if (issue === undefined) return data as T;
  // Of a list the part that is wrong, else what was given.
  const wrong = typeof issue.input === 'string' ? issue.input : text;
  throw new Error(setting.isSecret ? issue.message : `${issue.message}; got "${wrong}"`);
}

function textOf(
  name: string,
  { isSecret = false, default: defaultText }: Setting<unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const given = environment[name]?.trim() ?? '';
  const file = isSecret ? (environment[`${name}_FILE`]?.trim() ?? '') : '';
  if (file === '') return given === '' ? defaultText : given;
  if (given !== '') throw new Error(`and ${name}_FILE are both set; leave one of them out`);
  const text = readSecret(name, file);
  if (text === '') throw new Error(`is to stand in ${file} (${name}_FILE), which is empty`);
  return text;
}

/** The files that secrets stand in, by the name of their setting. */
export function secretFilesOf(
  settings: Readonly<Record<string, Setting<unknown>>>,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const files = Object.keys(settings)
    .filter((name) => settings[name]?.isSecret)
    .map((name) => [name, environment[`${name}_FILE`]?.trim() ?? ''] as const);
  return Object.fromEntries(files.filter(([, file]) => file !== ''));
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(
      `is to stand in ${file} (${name}_FILE), which cannot be read (${errorCodeOf(error) ?? 'it is no file'})`,
    );
  }
}
