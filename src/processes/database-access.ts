import { createHmac } from 'node:crypto';
import { type Config, ConfigError } from '../config.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../platform/embedded-postgres/embedded-postgres.ts';
import { EmbeddedPostgresLog } from '../platform/embedded-postgres/server-log.ts';
import type { Logger } from '../platform/monitoring/logger.ts';
import { APP_ROLE } from '../platform/postgres/app-role.ts';
import type { DatabaseAccess } from '../platform/postgres/database.ts';
import { DatabaseUrlError, parseDatabaseUrl, withSslMode } from '../platform/postgres/database-url.ts';
import { offersTls } from '../platform/postgres/host-probe.ts';

/** How a process reaches its database, and the embedded server where it is one. */
export interface ProvidedDatabase {
  readonly access: DatabaseAccess;
  /** The password that migrations give to the app role; null where the operator has made the roles. */
  readonly appPassword: string | null;
  readonly embedded: EmbeddedPostgres | null;
}

type DatabaseSettings = Pick<Config, 'DATABASE_URL' | 'DATABASE_OWNER_URL' | 'DATABASE_CA_FILE'>;

/** Access to the operator's database. Throws ConfigError where an address cannot be read. */
async function configuredDatabase(databaseUrl: string, settings: DatabaseSettings): Promise<ProvidedDatabase> {
  const { DATABASE_OWNER_URL, DATABASE_CA_FILE: caFile } = settings;
  const appUrl = await resolveSslMode('DATABASE_URL', databaseUrl, caFile);
  const ownerUrl =
    DATABASE_OWNER_URL === null ? appUrl : await resolveSslMode('DATABASE_OWNER_URL', DATABASE_OWNER_URL, caFile);
  const access = { ownerUrl, appUrl, appRole: DATABASE_OWNER_URL === null ? APP_ROLE : null, caFile };
  return { access, appPassword: null, embedded: null };
}

/** The address, where it leaves TLS to the server, with what that offers: not every driver can do without being told. */
async function resolveSslMode(name: string, address: string, caFile: string | null): Promise<string> {
  try {
    const target = parseDatabaseUrl(address, caFile);
    if (target.sslMode !== 'prefer' && target.sslMode !== 'allow') return address;
    return withSslMode(address, (await offersTls(target)) ? 'require' : 'disable');
  } catch (error) {
    if (error instanceof DatabaseUrlError) throw new ConfigError([`${name} ${error.message}`]);
    throw error;
  }
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
  config: DatabaseSettings & Pick<Config, 'DATA_DIRECTORY'>,
  logger: Logger,
): Promise<ProvidedDatabase> {
  if (config.DATABASE_URL !== null) return await configuredDatabase(config.DATABASE_URL, config);
  return await embeddedDatabase(config.DATA_DIRECTORY, logger);
}
