import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { type FaultProxy, startFaultProxy } from '../chaos/fault-proxy.ts';
import { accessThrough } from './access-through.ts';

/** The way to a database through a proxy that breaks it on demand. */
export async function throughProxy(access: DatabaseAccess): Promise<{ access: DatabaseAccess; proxy: FaultProxy }> {
  const { hostname, port } = new URL(access.appUrl);
  const proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  return { access: accessThrough(access, proxy.port), proxy };
}
