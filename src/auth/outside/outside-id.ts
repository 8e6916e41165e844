import { createHash } from 'node:crypto';

/**
 * The id of what an outside issuer calls by a name of its own: the same whenever it is asked for, so that nothing has to be
 * looked up before it is known whom a transaction acts for. Issuers share no ids, and no id is one of this server's own, which
 * are random (version 4; these are of version 8, RFC 9562).
 */
export function outsideId(kind: 'user' | 'workspace', issuer: string, name: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify(['trainyard', kind, issuer, name]))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
