import type { Logger } from '../monitoring/logger.ts';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

/** `FATAL:  message`: PostgreSQL's log lines without a prefix; continuation lines begin with a tab. */
const LINE = /^([A-Z]+\d?): {1,2}(.*)$/;

/** LOG is routine; these messages among them matter to an operator. */
const NOTABLE = /was terminated by|terminating any other|reinitializ|could not |No space left|not properly shut down/;

const SHUTDOWN = /^received (?:fast|smart|immediate) shutdown request/;

/** Errors of each connection attempt until the database is ready: clients retry several times a second. */
const NOT_YET = /^the database system is (?:starting up|in recovery mode|not yet accepting connections|shutting down)/;

/** Continuations that are logged. Others may contain the text of a statement, and with it user data. */
const SAFE_DETAILS: ReadonlySet<string> = new Set(['DETAIL', 'HINT']);

const DETAILS: ReadonlySet<string> = new Set([
  ...SAFE_DETAILS,
  'QUERY',
  'CONTEXT',
  'STATEMENT',
  'LOCATION',
  'BACKTRACE',
]);

const STATEMENT_IN_DETAIL = 'process was running';

/** Converts the embedded PostgreSQL's log to ours, line by line: as JSON, with `source` and PostgreSQL's own severity. */
export class EmbeddedPostgresLog {
  readonly #logger: Logger;
  #level: Level = 'debug';
  /** False while continuations of an omitted message follow. */
  #isShown = true;
  #isRunning = false;

  constructor(logger: Logger) {
    this.#logger = logger.child({ source: 'postgres' });
  }

  readonly onLine = (line: string): void => {
    const [, severity, message] = LINE.exec(line) ?? [];
    if (severity === undefined || message === undefined) {
      this.#further(line);
      return;
    }
    if (!DETAILS.has(severity)) this.#level = this.#levelOf(severity, message);
    this.#isShown = !DETAILS.has(severity) || (SAFE_DETAILS.has(severity) && !message.includes(STATEMENT_IN_DETAIL));
    if (this.#isShown) this.#logger[this.#level]({ severity }, message);
    if (message === 'database system is ready to accept connections') this.#isRunning = true;
    if (SHUTDOWN.test(message)) this.#isRunning = false;
  };

  /** A continuation, or a line that is not in PostgreSQL's format: of its loader, or of the start. */
  #further(line: string): void {
    if (!line.startsWith('\t')) {
      this.#isShown = true;
      this.#level = 'info';
    }
    if (this.#isShown) this.#logger[this.#level](line.trim());
  }

  #levelOf(severity: string, message: string): Level {
    switch (severity) {
      case 'PANIC':
        return 'fatal';
      case 'FATAL':
        // Before it runs, the start error says it; during shutdown, every remaining connection dies of it.
        return this.#isRunning && !NOT_YET.test(message) ? 'error' : 'debug';
      case 'WARNING':
        return 'warn';
      case 'LOG':
        return NOTABLE.test(message) ? 'warn' : 'debug';
      default:
        return 'debug';
    }
  }
}
