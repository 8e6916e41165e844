import { type Config, ConfigError } from '../config.ts';
import { s3AccessOf } from '../platform/blob-store/open-blob-store.ts';
import { EmbeddedPostgresError } from '../platform/embedded-postgres/embedded-postgres-error.ts';
import { errorCodeOf } from '../platform/error-code.ts';
import { FAULT_REASONS, FAULT_REMEDIES, FaultError } from '../platform/fault.ts';
import { InstallationError } from '../platform/installation-id.ts';
import { UnpatchedError } from '../platform/patched-dependency.ts';
import { MigrationError } from '../platform/postgres/migration-error.ts';
import { explainDatabaseError } from './start-database-error.ts';
import type { StartFailure } from './start-failure.ts';

/** What is thrown for a reason that only an operator can change; the message says how. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly failure: string;

  constructor(failure: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** An error of the operating system, with what Node.js tells of it. */
interface SystemError extends Error {
  readonly code: string;
  readonly syscall?: string;
  readonly path?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
}

/** Explains any error that ended a start. `config` is null where the settings could not be read. */
export function explainStart(error: unknown, config: Config | null): StartFailure {
  const { failure, message } = explain(error, config);
  return { failure, message: message.trim().replace(/\s*\n\s*/g, ' ') };
}

function explain(error: unknown, config: Config | null): StartFailure {
  if (error instanceof EmbeddedPostgresError) {
    return { failure: error.failure, message: `${error.message} ${error.hint}` };
  }
  if (error instanceof ConfigError) return { failure: 'WRONG_SETTINGS', message: error.message };
  if (error instanceof UnpatchedError) return { failure: 'NOT_PATCHED', message: error.message };
  if (error instanceof InstallationError) return { failure: 'WRONG_INSTALLATION', message: error.message };
  if (error instanceof MigrationError) return { failure: 'DATABASE_SETUP', message: error.message };
  if (error instanceof FaultError) return explainStoreFault(error, config);
  for (const cause of causesOf(error)) {
    if (cause instanceof StartError) return cause;
    const known =
      explainListenerFailure(cause) ?? explainFile(cause, config) ?? (config && explainDatabaseError(cause, config));
    if (known) return known;
  }
  return {
    failure: 'UNEXPECTED',
    message: `The start failed: ${error instanceof Error ? error.message : String(error)}`,
  };
}

/** A fault at the start is one of the object store: the only part that is tried as health checks try it. */
function explainStoreFault({ reason, cause }: FaultError, config: Config | null): StartFailure {
  const access = config && s3AccessOf(config);
  const location = access ? `the bucket ${access.bucket} at ${access.endpoint ?? 'AWS'}` : 'the object store';
  const details = reason === 'FAILED' && cause instanceof Error ? ` (${cause.name}: ${cause.message})` : '';
  return {
    failure: reason === 'NO_ANSWER' ? 'STORE_UNREACHABLE' : 'STORE_REFUSED',
    message: `Files cannot be stored in ${location} (${reason}). ${FAULT_REASONS[reason]}${details} To mend it, ${FAULT_REMEDIES[reason]}.`,
  };
}

/** The error, what caused it, what caused that, and so on. */
function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error; cause instanceof Error; cause = cause.cause) yield cause;
}

function explainListenerFailure(error: Error): StartFailure | null {
  if (!isSystemError(error) || error.syscall !== 'listen') return null;
  const at = `${error.address}:${error.port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return {
        failure: 'PORT_IN_USE',
        message: `Port ${error.port} of ${error.address} is taken by another program; set PORT (of a worker: WORKER_PORT) to a free one, or to 0, which takes any.`,
      };
    case 'EADDRNOTAVAIL':
      return {
        failure: 'HOST_NOT_AVAILABLE',
        message: `No network interface of this machine has the address ${error.address}; set HOST to one that it has, or to 0.0.0.0 for all.`,
      };
    case 'EACCES':
      return {
        failure: 'NOT_PERMITTED',
        message: `This user may not listen on ${at}; set PORT to 1024 or more, or start with the right to use lower ports.`,
      };
    default:
      return { failure: 'HOST_NOT_AVAILABLE', message: `Cannot listen on ${at} (${error.code}); check HOST and PORT.` };
  }
}

function explainFile(error: Error, config: Config | null): StartFailure | null {
  if (!isSystemError(error)) return null;
  if (error.syscall === 'getaddrinfo' && error.hostname === config?.HOST) {
    return {
      failure: 'HOST_NOT_AVAILABLE',
      message: `The name ${error.hostname} of HOST cannot be resolved (${error.code}); set HOST to an address of this machine.`,
    };
  }
  const path = error.path ?? config?.DATA_DIRECTORY ?? 'DATA_DIRECTORY';
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return {
        failure: 'NOT_PERMITTED',
        message: `No permission for ${path} (${error.syscall}): give it to the user that runs Trainyard (id ${process.getuid?.()}), or set DATA_DIRECTORY to a folder of that user.`,
      };
    case 'EROFS':
      return {
        failure: 'READ_ONLY',
        message: `${path} is on a read-only file system: make it writable, or set DATA_DIRECTORY to a folder that is.`,
      };
    case 'ENOENT':
      // Of a folder that cannot be made though the one above it is there.
      if (error.syscall !== 'mkdir') return null;
      return {
        failure: 'READ_ONLY',
        message: `${path} cannot be made: its file system takes no folders (such as /proc), or a link leads nowhere; set DATA_DIRECTORY to a folder that can be written.`,
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return { failure: 'DISK_FULL', message: `There is no space left for ${path}: free some, and start again.` };
    case 'ENOTDIR':
    case 'EEXIST':
      return {
        failure: 'WRONG_SETTINGS',
        message: `${path} cannot be made, because there is a file, or a link that leads nowhere, in its place: set DATA_DIRECTORY to a folder.`,
      };
    default:
      return null;
  }
}

function isSystemError(error: Error): error is SystemError {
  return 'syscall' in error && errorCodeOf(error) !== undefined;
}
