import { createHmac } from 'node:crypto';
import type { Config } from '../config.ts';
import { APP_ROLE } from '../platform/app-role.ts';
import type { DatabaseAccess } from '../platform/database.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { EmbeddedPostgresLog } from '../platform/embedded-postgres-log.ts';
import type { Logger } from '../platform/logger.ts';

/** How a process reaches its database, and the embedded server where it is one. */
export interface ProvidedDatabase {
  readonly access: DatabaseAccess;
  /** The password that migrations give to the app role; null where the operator has made the roles. */
  readonly appPassword: string | null;
  readonly embedded: EmbeddedPostgres | null;
}

/** Access to the operator's database. */
function configuredDatabase(databaseUrl: string, ownerUrl: string | null): ProvidedDatabase {
  const access = {
    ownerUrl: ownerUrl ?? databaseUrl,
    appUrl: databaseUrl,
    appRole: ownerUrl === null ? APP_ROLE : null,
  };
  return { access, appPassword: null, embedded: null };
}

/** Starts the embedded server below DATA_DIRECTORY. The app role signs in by itself, with a password of its own. */
async function embeddedDatabase(directory: string, logger: Logger): Promise<ProvidedDatabase> {
  const embedded = await startEmbeddedPostgres({ directory, onLog: new EmbeddedPostgresLog(logger).onLine });
  return { ...embeddedAccess(embedded.ownerUrl), embedded };
}

/** The two ways into an embedded server, of which only the owner's password is stored. */
export function embeddedAccess(ownerUrl: string): Omit<ProvidedDatabase, 'embedded'> {
  const appUrl = new URL(ownerUrl);
  const appPassword = createHmac('sha256', appUrl.password).update(APP_ROLE).digest('hex');
  appUrl.username = APP_ROLE;
  appUrl.password = appPassword;
  return { access: { ownerUrl, appUrl: appUrl.href, appRole: null }, appPassword };
}

/** The database that the settings name, or the embedded one. */
export async function provideDatabase(
  config: Pick<Config, 'DATABASE_URL' | 'DATABASE_OWNER_URL' | 'DATA_DIRECTORY'>,
  logger: Logger,
): Promise<ProvidedDatabase> {
  if (config.DATABASE_URL !== null) return configuredDatabase(config.DATABASE_URL, config.DATABASE_OWNER_URL);
  return await embeddedDatabase(config.DATA_DIRECTORY, logger);
}
