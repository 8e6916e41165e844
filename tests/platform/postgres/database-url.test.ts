import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl, withSslMode } from '../../../src/platform/postgres/database-url.ts';

describe('an address of a database', () => {
  test.each([
    ['postgres://a', [{ host: 'a', port: 5432 }], null],
    ['postgres://u:p@a:5433/d', [{ host: 'a', port: 5433 }], null],
    ['postgresql://u:p@a,b/d', ['a', 'b'].map((host) => ({ host, port: 5432 })), null],
    [
      'postgres://u:p@a:1,b:2/d',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
      null,
    ],
    ['postgres://u@[::1]:5433/d', [{ host: '::1', port: 5433 }], null],
    ['postgres:///d?host=a&port=5433', [{ host: 'a', port: 5433 }], null],
    ['postgres:///d?host=/var/run/postgresql', [], { folder: '/var/run/postgresql', port: 5432 }],
    ['postgres://u@/d?host=/run/pg&port=5433', [], { folder: '/run/pg', port: 5433 }],
    ['postgres://u@%2Frun%2Fpg/d', [], { folder: '/run/pg', port: 5432 }],
  ])('the database URL %s gives host and port', (address, hosts, socket) => {
    expect(parseDatabaseUrl(address)).toMatchObject({ hosts, socket });
  });

  test('a database URL gives the role, its password and the database, with special characters as %XX', () => {
    const target = parseDatabaseUrl('postgres://us%40er:p%3Aa%2Fs%3Fs@a/d%20b?search_path=x&connect_timeout=3');
    expect(target).toMatchObject({
      user: 'us@er',
      password: 'p:a/s?s',
      database: 'd b',
      parameters: { search_path: 'x' },
    });
    expect(Object.keys(target.parameters)).toEqual(['search_path']);
    expect(parseDatabaseUrl('postgres://u@a').database).toBe('u');
  });

  test.each([
    ['', 'disable', null],
    ['?sslmode=disable', 'disable', null],
    ['?sslmode=prefer', 'prefer', false],
    ['?sslmode=allow', 'allow', false],
    ['?sslmode=require', 'require', false],
    ['?ssl=true', 'require', false],
    ['?sslmode=verify-ca', 'verify-ca', true],
    ['?sslmode=verify-full', 'verify-full', true],
    ['?sslrootcert=system', 'verify-full', true],
  ])('the database URL %s gives its sslmode', (search, sslMode, verifies) => {
    const { tls, ...target } = parseDatabaseUrl(`postgres://u@a/d${search}`);
    expect(target.sslMode).toBe(sslMode);
    expect(tls?.rejectUnauthorized ?? null).toBe(verifies);
  });

  test.each(['target_session_attrs=read-write', 'target_session_attrs=standby', 'load_balance_hosts=random'])(
    'a database URL with %s is refused',
    (choice) => {
      const read = () => parseDatabaseUrl(`postgres://u:secret@a,b/d?${choice}`);
      expect(read).toThrow(
        new RegExp(`^must have no ${choice.split('=')[0]}.*name only those at which the primary answers`),
      );
      expect(read).not.toThrow('secret');
      expect(() =>
        parseDatabaseUrl('postgres://u@a,b/d?target_session_attrs=any&load_balance_hosts=disable'),
      ).not.toThrow();
    },
  );

  test('a database URL without an sslmode is refused if a CA is set, which would not be used', () => {
    expect(() => parseDatabaseUrl('postgres://u@a/d', '/ca.pem')).toThrow(/^must have an sslmode/);
    for (const address of ['postgres://u@a/d?sslmode=disable', 'postgres:///d?host=/run/pg']) {
      expect(parseDatabaseUrl(address, '/ca.pem').tls).toBeNull();
    }
  });

  test('a database URL may be given another sslmode', () => {
    expect(parseDatabaseUrl(withSslMode('postgres://u:p@a:1,b:2/d?sslmode=prefer&x=1', 'disable'))).toMatchObject({
      ...{ sslMode: 'disable', user: 'u', parameters: { x: '1' } },
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    });
  });

  test.each([
    ['http://secret@a', /must be a postgres:\/\/ address/],
    ['postgres://secret@a:99999/d', /with hosts such as/],
    ['postgres://secret@a:x/d', /with hosts such as/],
    ['postgres://secret%ZZ@a/d', /special characters/],
    ['postgres://secret@a/d?sslmode=some', /must have an sslmode of disable, allow/],
    [
      'postgres://secret@a/d?sslmode=verify-ca&sslrootcert=/nowhere',
      /needs \/nowhere, which cannot be read \(ENOENT\)/,
    ],
  ])('the invalid database URL %s is refused, and not repeated', (address, reason) => {
    expect(() => parseDatabaseUrl(address)).toThrow(reason);
    expect(() => parseDatabaseUrl(address)).not.toThrow(/secret/);
  });
});
