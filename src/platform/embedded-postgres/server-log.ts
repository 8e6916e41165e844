import type { Logger } from '../monitoring/logger.ts';

type Level = 'fatal' | 'error' | 'warn' | 'info' | 'debug';

/** `FATAL:  message`, as PostgreSQL begins its lines without a prefix; what goes on in the next line begins with a tab. */
const LINE = /^([A-Z]+\d?): {1,2}(.*)$/;

/** LOG is what PostgreSQL says of its ordinary work; among it are some that an operator must see. */
const NOTABLE = /was terminated by|terminating any other|reinitializ|could not |No space left|not properly shut down/;

const SHUTDOWN = /^received (?:fast|smart|immediate) shutdown request/;

/** What each try to connect is told until the database is back: clients try several times a second. */
const NOT_YET = /^the database system is (?:starting up|in recovery mode|not yet accepting connections|shutting down)/;

/** Further lines on the message before them. The others may hold the text of a statement, and with it what users wrote. */
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

/**
 * Takes the embedded PostgreSQL's log over into ours, line by line: as JSON, with `source` and PostgreSQL's own severity.
 */
export class EmbeddedPostgresLog {
  readonly #logger: Logger;
  #level: Level = 'debug';
  /** False while lines go on that are left out. */
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

  /** A line that goes on, or one that is not in PostgreSQL's form: of its loader, or of what was done to start it. */
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
        // Until it runs, the error that ends the start tells it; once it is to end, every connection that is left dies of it.
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
