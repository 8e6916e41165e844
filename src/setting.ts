import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';

/** One environment variable: how it is read, and what docs/settings.md says of it. */
export interface Setting<T> {
  readonly description: string;
  /** The default as an operator would write it; null: unset. */
  readonly default: string | null;
  /** True for a secret, which may stand in a file: NAME_FILE names it. */
  readonly isSecret?: boolean;
  /** Reads the text; throws an Error whose message completes "NAME …". */
  readonly parse: (text: string) => T;
}

export const MEGABYTE = 1_000_000;

function setting<T>(defaultText: string, description: string, parse: (text: string) => T): Setting<T> {
  return { default: defaultText, description, parse };
}

export function optional<T>(parse: (text: string) => T, description: string): Setting<T | null> {
  return { default: null, description, parse };
}

export function text(defaultText: string, description: string): Setting<string> {
  return setting(defaultText, description, anyText);
}

export function anyText(value: string): string {
  return value;
}

export function wholeNumber(defaultText: string, min: number, max: number, description: string): Setting<number> {
  return setting(defaultText, description, (value) => parseWholeNumber(value, min, max));
}

function parseWholeNumber(value: string, min: number, max: number): number {
  const number = Number(value.replaceAll('_', ''));
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new Error(`must be a whole number from ${min} to ${max}; got "${value}"`);
  }
  return number;
}

export function port(value: string): number {
  return parseWholeNumber(value, 0, 65_535);
}

export function metricsToken(value: string): string {
  // The value is a secret: it is not repeated in the message.
  if (!/^\S{16,}$/.test(value)) throw new Error('must have at least 16 characters, and no space');
  return value;
}

export function threads(value: string): number {
  return parseWholeNumber(value, 1, 64);
}

export function bytes(value: string): number {
  return parseWholeNumber(value, MEGABYTE, Number.MAX_SAFE_INTEGER);
}

/** Less would not be enough for a block of a file and what comes of it. */
export function readingBytes(value: string): number {
  return parseWholeNumber(value, 64 * MEGABYTE, Number.MAX_SAFE_INTEGER);
}

export function days(value: string): number {
  return parseWholeNumber(value, 1, 36_500);
}

export function ratio(defaultText: string, description: string): Setting<number> {
  return setting(defaultText, description, (value) => {
    const number = Number(value);
    if (!(number >= 0 && number <= 1)) throw new Error(`must be a number from 0 to 1; got "${value}"`);
    return number;
  });
}

export function flag(defaultText: string, description: string): Setting<boolean> {
  return setting(defaultText, description, (value) => {
    if (/^(true|1|yes|on)$/i.test(value)) return true;
    if (/^(false|0|no|off)$/i.test(value)) return false;
    throw new Error(`must be true or false; got "${value}"`);
  });
}

export function choice<const T extends string>(defaultText: T, choices: readonly T[], description: string): Setting<T> {
  return setting(defaultText, description, (value) => {
    const chosen = choices.find((candidate) => candidate === value.toLowerCase());
    if (chosen === undefined) throw new Error(`must be one of ${choices.join(', ')}; got "${value}"`);
    return chosen;
  });
}

export function directory(defaultText: string, description: string): Setting<string> {
  return setting(defaultText, description, (value) => (isAbsolute(value) ? value : resolve(value)));
}

export function origins(description: string): Setting<readonly string[]> {
  return setting('', description, (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => {
        const url = URL.parse(part);
        if (!url || url.origin !== part || !url.protocol.startsWith('http')) {
          throw new Error(`must list origins such as https://app.example.com, without a path; got "${part}"`);
        }
        return part;
      }),
  );
}

export function addresses(description: string): Setting<readonly string[]> {
  return setting('', description, (value) => {
    const parts = value.split(',').flatMap((part) => part.trim() || []);
    const wrong = parts.find((part) => !ipaddr.isValid(part) && !ipaddr.isValidCIDR(part));
    if (wrong !== undefined) throw new Error(`must list addresses such as 10.0.0.7 or 10.0.0.0/8; got "${wrong}"`);
    return parts;
  });
}

export function extensions(defaultText: string, description: string): Setting<readonly string[]> {
  return setting(defaultText, description, (value) => {
    const names = value.split(',').map((part) => part.trim().replace(/^\./, '').toLowerCase());
    if (!names.every((name) => /^[a-z0-9_-]+$/.test(name))) {
      throw new Error(`must list extensions such as csv,txt; got "${value}"`);
    }
    return [...new Set(names)];
  });
}

export function httpUrl(value: string): string {
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`must be an http or https address; got "${value}"`);
  return value.replace(/\/+$/, '');
}

export function postgresUrl(value: string): string {
  // The value may hold a password: it is not repeated in the message. What is in it is read where it is used.
  if (!/^postgres(ql)?:\/\//.test(value)) throw new Error('must be a postgres:// address');
  return value;
}

export function secret(value: string): string {
  if (value.length < 32) throw new Error(`must have at least 32 characters; got ${value.length}`);
  return value;
}

/** A setting whose value is a secret. */
export function secretly<T>(described: Setting<T>): Setting<T> {
  return { ...described, isSecret: true };
}

/**
 * The text of a setting in an environment; an empty variable counts as unset. A secret may stand in the file that NAME_FILE
 * names, such as one that an orchestrator mounts; its last line may end. Throws an Error whose message completes "NAME …".
 */
export function textOf(
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

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it is no file';
    throw new Error(`is to stand in ${file} (${name}_FILE), which cannot be read (${code})`);
  }
}
