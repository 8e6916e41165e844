import type { DatabaseAccess } from '../../src/platform/database.ts';
import { type FaultProxy, startFaultProxy } from '../chaos/fault-proxy.ts';

/** The way to a database through a proxy that breaks it on demand. */
export async function throughProxy(access: DatabaseAccess): Promise<{ access: DatabaseAccess; proxy: FaultProxy }> {
  const { hostname, port } = new URL(access.appUrl);
  const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  const appUrl = new URL(access.appUrl);
  appUrl.hostname = '127.0.0.1';
  appUrl.port = String(proxy.port);
  return { access: { ...access, appUrl: appUrl.href }, proxy };
}
