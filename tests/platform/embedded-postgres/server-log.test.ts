import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { EmbeddedPostgresLog } from '../../../src/platform/embedded-postgres/server-log.ts';
import { cleanUp, folderWithNote, query, start, temporaryFolder } from './embedded-postgres-support.ts';

cleanUp();

/** What our log has of these lines of PostgreSQL's: level and message of each. */
function logged(...lines: string[]): string[] {
  const entries: { level: string; source: string; msg: string }[] = [];
  const formatters = { level: (level: string) => ({ level }) };
  const log = new EmbeddedPostgresLog(
    pino({ level: 'debug', formatters }, { write: (line: string) => void entries.push(JSON.parse(line)) }),
  );
  for (const line of lines) log.onLine(line);
  expect(entries.every(({ source }) => source === 'postgres')).toBe(true);
  return entries.map(({ level, msg }) => `${level} ${msg}`);
}

const READY = 'LOG:  database system is ready to accept connections';

describe("the embedded PostgreSQL's lines in our log", () => {
  it('lines of the embedded PostgreSQL have the level that they have for an operator', () => {
    expect(
      logged(
        'LOG:  database system was not properly shut down; automatic recovery in progress',
        READY,
        'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device',
        'FATAL:  sorry, too many clients already',
        'LOG:  client backend (PID 7) was terminated by signal 9: Killed',
        'WARNING:  out of shared memory',
        'LOG:  checkpoint starting: time',
        "PostgreSQL's data are in /var/lib/trainyard",
      ),
    ).toEqual([
      'warn database system was not properly shut down; automatic recovery in progress',
      'debug database system is ready to accept connections',
      'fatal could not write to file "pg_wal/xlogtemp.1": No space left on device',
      'error sorry, too many clients already',
      'warn client backend (PID 7) was terminated by signal 9: Killed',
      'warn out of shared memory',
      'debug checkpoint starting: time',
      "info PostgreSQL's data are in /var/lib/trainyard",
    ]);
  });

  it('lines of the embedded PostgreSQL about ordinary starts and ends raise no alarm', () => {
    expect(
      logged(
        'FATAL:  the database system is starting up',
        READY,
        'FATAL:  the database system is in recovery mode',
        'LOG:  received fast shutdown request',
        'FATAL:  terminating connection due to administrator command',
      ).filter((line) => !line.startsWith('debug')),
    ).toEqual([]);
  });

  it('lines of the embedded PostgreSQL never contain a statement or its values', () => {
    expect(
      logged(
        READY,
        'PANIC:  could not fsync file',
        'DETAIL:  Of the disk.',
        '\tIn two lines.',
        "STATEMENT:  insert into users values ('secret')",
        "\t, ('secret')",
        'LOG:  client backend (PID 7) was terminated by signal 11',
        "DETAIL:  Failed process was running: select 'secret'",
        "\tfrom users where name = 'secret'",
        'HINT:  Look.',
      ),
    ).toEqual([
      'debug database system is ready to accept connections',
      'fatal could not fsync file',
      'fatal Of the disk.',
      'fatal In two lines.',
      'warn client backend (PID 7) was terminated by signal 11',
      'warn Look.',
    ]);
  });
});

it('an error of a statement does not reach the log of the embedded PostgreSQL with its values', async () => {
  const directory = join(await temporaryFolder(), '.data');
  await folderWithNote(directory);
  const lines: string[] = [];
  const server = await start(directory, { onLog: (line) => lines.push(line) });
  await expect(query(server.ownerUrl, `select 'secret'::int`)).rejects.toThrow('secret');
  await expect(query(server.ownerUrl, `create table note (secret int)`)).rejects.toThrow('exists');
  await server.stop();
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join('\n')).not.toMatch(/secret|ERROR/);
});

it('values are written as the drivers read them, whatever the configuration file of the data says', async () => {
  const directory = join(await temporaryFolder(), '.data');
  await folderWithNote(directory);
  const contrary = `
    datestyle = 'German, DMY'
    intervalstyle = 'sql_standard'
    timezone = 'Asia/Tokyo'
    client_encoding = 'latin1'
    bytea_output = 'escape'
    extra_float_digits = -5
    standard_conforming_strings = off
  `;
  await appendFile(join(directory, 'postgres', 'postgresql.conf'), contrary);
  const server = await start(directory);
  const rows = await query(server.ownerUrl, `select name, setting from pg_settings order by name`);
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  expect(settings).toMatchObject({
    DateStyle: 'ISO, MDY',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    client_encoding: 'UTF8',
    server_encoding: 'UTF8',
    bytea_output: 'hex',
    extra_float_digits: '1',
    standard_conforming_strings: 'on',
  });
  const [row] = await query(
    server.ownerUrl,
    `select (date '2026-02-01')::text as date, (interval '1 day')::text as interval`,
  );
  expect(row).toEqual({ date: '2026-02-01', interval: '1 day' });
});
