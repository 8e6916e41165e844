import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';

/** The same access, where the app's connections go to this port of 127.0.0.1 instead. */
export function accessThrough(access: DatabaseAccess, port: number): DatabaseAccess {
  const appUrl = new URL(access.appUrl);
  appUrl.hostname = '127.0.0.1';
  appUrl.port = String(port);
  return { ...access, appUrl: appUrl.href };
}
