import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import postgres from 'postgres';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/platform/embedded-postgres/embedded-postgres.ts';
import type { DatabaseAccess } from '../../src/platform/postgres/database.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { embeddedAccess } from '../../src/processes/database-access.ts';
import { JOBS } from '../../src/processes/jobs.ts';
import type { Guard } from './guard.ts';

const TEMPLATE = 'trainyard_template';

/** A PostgreSQL that can be killed, and started again where it was. A commit outlives the kill. */
export class ChaosPostgres {
  readonly #directory: string;
  readonly #guard: Guard;
  #server: EmbeddedPostgres;

  private constructor(directory: string, guard: Guard, server: EmbeddedPostgres) {
    this.#directory = directory;
    this.#guard = guard;
    this.#server = server;
    guard.watch(server.pid);
  }

  /**
   * Starts it, with a migrated database to copy from. Only a crash of the machine would lose what has not been synced to the
   * disk: where that is not `synced`, the rig does not wait for a disk that others keep busy.
   */
  static async start(directory: string, guard: Guard, synced: boolean): Promise<ChaosPostgres> {
    await mkdir(directory);
    const started = new ChaosPostgres(directory, guard, await startEmbeddedPostgres({ directory }));
    if (!synced) {
      await started.#asOwner('alter system set fsync = off');
      await started.#asOwner('select pg_reload_conf()');
    }
    await started.#asOwner(`create database ${TEMPLATE}`);
    const { access, appPassword } = embeddedAccess(started.#server.url(TEMPLATE));
    await migrate(access, JOBS, appPassword);
    return started;
  }

  /** Of the postmaster. */
  get pid(): number {
    return this.#server.pid;
  }

  get port(): number {
    return this.#server.port;
  }

  /** A new database of the tables as they are, and how to reach it. */
  async createDatabase(): Promise<DatabaseAccess> {
    const name = `chaos_${randomUUID().replaceAll('-', '')}`;
    await this.#asOwner(`create database ${name} template ${TEMPLATE} strategy file_copy`);
    return embeddedAccess(this.#server.url(name)).access;
  }

  /** Kill -9 of the postmaster; its children end by themselves. Resolves when it has ended. */
  async kill(): Promise<void> {
    const { pid, exited } = this.#server;
    process.kill(pid, 'SIGKILL');
    await exited;
    this.#guard.forget(pid);
  }

  /** Starts it again after a kill: on the same data and the same port, with its recovery. */
  async startAgain(): Promise<void> {
    this.#server = await startEmbeddedPostgres({ directory: this.#directory, port: this.port });
    this.#guard.watch(this.#server.pid);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    this.#guard.forget(this.#server.pid);
  }

  async #asOwner(statement: string): Promise<void> {
    const client = postgres(this.#server.ownerUrl, { max: 1, onnotice: () => undefined });
    await client.unsafe(statement);
    await client.end();
  }
}
