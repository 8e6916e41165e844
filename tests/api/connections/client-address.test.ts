import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { ClientAddresses } from '../../../src/api/connections/client-address.ts';
import { Cors } from '../../../src/api/http/cors.ts';
import { networkOf } from '../../../src/platform/client-network.ts';

function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe('the address of a client', () => {
  const addresses = new ClientAddresses(['10.0.0.0/8', '192.0.2.7', 'fd00::/8']);
  const of = (peer: string, forwarded?: string) =>
    addresses.of(request(peer, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }));

  test('the client address is that of the connection if the peer is not a trusted proxy, whatever its headers say', () => {
    expect(of('198.51.100.4')).toBe('198.51.100.4');
    expect(of('198.51.100.4', '203.0.113.9')).toBe('198.51.100.4');
    expect(of('192.0.2.8', '203.0.113.9')).toBe('192.0.2.8');
    expect(of('::ffff:198.51.100.4', '203.0.113.9')).toBe('198.51.100.4');
  });

  test('the client address is the last one in x-forwarded-for that is not a trusted proxy', () => {
    expect(of('10.1.2.3', '203.0.113.9')).toBe('203.0.113.9');
    expect(of('::ffff:10.1.2.3', '203.0.113.9')).toBe('203.0.113.9');
    expect(of('10.1.2.3', '1.1.1.1, 203.0.113.9, 192.0.2.7')).toBe('203.0.113.9');
    expect(of('fd00::1', '2001:db8::9')).toBe('2001:db8::9');
    expect(of('10.1.2.3', '10.9.9.9')).toBe('10.9.9.9');
  });

  test('the client address is that of the last proxy if x-forwarded-for is missing or invalid', () => {
    for (const header of [undefined, '', 'unknown', '203.0.113.9, not an address', "'; drop table", '999.1.1.1']) {
      expect(of('10.1.2.3', header), header).toBe('10.1.2.3');
    }
  });

  test('the client address has no port', () => {
    expect(of('10.1.2.3', '203.0.113.9:4711')).toBe('203.0.113.9');
    expect(of('10.1.2.3', '[2001:db8::9]:4711')).toBe('2001:db8::9');
  });

  test('connections are counted by address, and for IPv6 by the /64 network', () => {
    expect(networkOf('203.0.113.9')).not.toBe(networkOf('203.0.113.10'));
    expect(networkOf('::ffff:203.0.113.9')).toBe(networkOf('203.0.113.9'));
    expect(networkOf('2001:db8:1:2::1')).toBe(networkOf('2001:db8:1:2:ffff::9'));
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
  });

  test('the scheme of a request is taken from a trusted proxy only', () => {
    const scheme = (peer: string, schemeHeader: string) =>
      addresses.forwarded(request(peer, { 'x-forwarded-proto': schemeHeader })).scheme;
    expect(scheme('10.1.2.3', 'https')).toBe('https');
    expect(scheme('10.1.2.3', 'http, https')).toBe('https');
    expect(scheme('10.1.2.3', 'javascript')).toBeNull();
    expect(scheme('198.51.100.4', 'https')).toBeNull();
  });
});

describe('a page may open a WebSocket', () => {
  const HOST = { host: 'ml.example.com' };
  const allows = (cors: Cors, origin: string, headers: Record<string, string> = HOST) =>
    cors.allowsUpgrade(request('127.0.0.1', { origin, ...headers }));

  test('a page of the server itself may open a WebSocket with the scheme of PUBLIC_URL', () => {
    const cors = new Cors([], 'https://ml.example.com/trainyard');
    expect(allows(cors, 'https://ml.example.com')).toBe(true);
    expect(allows(cors, 'http://ml.example.com')).toBe(false);
    expect(allows(cors, 'https://ml.example.com:8443')).toBe(false);
    // Reached by another name, such as from the machine itself.
    expect(allows(cors, 'http://localhost:4000', { host: 'localhost:4000' })).toBe(true);
  });

  test('a page of the server itself may open a WebSocket with the scheme that a trusted proxy reports', () => {
    const cors = new Cors([], null);
    const https = { ...HOST, 'x-forwarded-proto': 'https' };
    expect(allows(cors, 'https://ml.example.com', https)).toBe(true);
    expect(allows(cors, 'http://ml.example.com', https)).toBe(false);
    expect(allows(cors, 'https://ml.example.com', { ...https, host: 'ml.example.com:443' })).toBe(true);
    expect(allows(cors, 'https://ml.example.com', { ...HOST, 'x-forwarded-proto': 'http' })).toBe(false);
  });

  test('a page of the server itself may open a WebSocket with either scheme if none is known', () => {
    const cors = new Cors([], null);
    for (const scheme of ['http', 'https']) expect(allows(cors, `${scheme}://ml.example.com`)).toBe(true);
    for (const origin of ['null', 'ftp://ml.example.com', 'http://ml.example.com:81', 'https://evil.example']) {
      expect(allows(cors, origin), origin).toBe(false);
    }
  });

  test('a page of a listed origin may open a WebSocket only with its scheme', () => {
    const cors = new Cors(['https://app.example.com'], null);
    expect(allows(cors, 'https://app.example.com')).toBe(true);
    expect(allows(cors, 'http://app.example.com')).toBe(false);
  });
});
