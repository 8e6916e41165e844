import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CLOSE_CODES } from '../../src/api/sockets/close-codes.ts';
import { AUDIT_ACTIONS } from '../../src/auth/audit/audit-action.ts';
import { SETTINGS, type Setting } from '../../src/config.ts';
import { UPLOAD_ERROR_CODES } from '../../src/datasets/upload-sessions/upload-error.ts';
import { ERROR_CODES, UNAUTHENTICATED_REASONS } from '../../src/errors.ts';
import { IMPORT_ISSUE_CODES } from '../../src/ml/imported/import-issue.ts';
import { TRAINING_DATA_ERROR_CODES } from '../../src/ml/training-data-error.ts';
import { FAULT_REASONS } from '../../src/platform/fault.ts';
import { BATCH_ERROR_CODES } from '../../src/predictions/batch/batch-error.ts';
import { describeApiSchema } from '../../src/processes/api-schema.ts';
import { ISSUE_CODES } from '../../src/tabular/issues/issues.ts';
import { RUN_ERROR_CODES } from '../../src/training/runs/run-error.ts';
import { allMetrics } from './all-metrics.ts';
import { currentOperations, currentPossibleTypes } from './client-operations.ts';
import { type TableRow, tableRows, withTable } from './markdown-table.ts';
import { printApiSchema } from './print-api-schema.ts';

// "npm run generate" runs this file with --update, which writes the files that it otherwise compares. It is a test, and
// no program of its own, because vitest is what runs the decorators of the schema from source.

const BANNER = '# Generated from the code by "npm run generate"; do not edit.\n\n';

function currentSchema(): string {
  return `${BANNER}${printApiSchema(describeApiSchema())}\n`;
}

function currentSettings(): string {
  const rows = Object.entries<Setting<unknown>>(SETTINGS).map(([name, setting]): TableRow => {
    const fallback = setting.default === null || setting.default === '' ? '' : `\`${setting.default}\``;
    return [`\`${name}\``, fallback, requirementOf(setting), setting.description];
  });
  return withTable(read('docs/settings.md'), 'settings', ['Setting', 'Default', 'Must', 'Meaning'], rows);
}

/** What a setting asks for, in the words with which it refuses what is nonsense to all of them that refuse anything. */
function requirementOf({ schema }: Setting<unknown>): string {
  const { error } = schema.safeParse('?');
  return error?.issues[0]?.message.replace(/^must /, '').replace(/; got .*$/, '') ?? '';
}

const CODE_TABLES = [
  { name: 'errors', rows: rowsOf(ERROR_CODES) },
  { name: 'reasons', rows: rowsOf(UNAUTHENTICATED_REASONS) },
  { name: 'run errors', rows: rowsOf(RUN_ERROR_CODES) },
  { name: 'upload errors', rows: rowsOf(UPLOAD_ERROR_CODES) },
  { name: 'batch errors', rows: rowsOf(BATCH_ERROR_CODES) },
  { name: 'training data errors', rows: TRAINING_DATA_ERROR_CODES.map((code) => [code, null, null] as const) },
];

function rowsOf(codes: Readonly<Record<string, string>>): TableRow[] {
  return Object.entries(codes).map(([code, meaning]) => [code, meaning, null]);
}

function currentErrors(): string {
  const issues = Object.entries(ISSUE_CODES).map(
    ([code, { severity, meaning }]): TableRow => [code, severity, meaning, null],
  );
  const document = withTable(
    read('docs/errors.md'),
    'issues',
    ['Code', 'Severity', 'Meaning', 'What to do'],
    issues.map(quoteCode),
  );
  const imports = Object.entries(IMPORT_ISSUE_CODES).map(
    ([code, { severity, meaning }]): TableRow => [code, severity, meaning, null],
  );
  const withImports = withTable(
    document,
    'import issues',
    ['Code', 'Severity', 'Meaning', 'What to do'],
    imports.map(quoteCode),
  );
  const withCloseCodes = withTable(
    withImports,
    'close codes',
    ['Code', 'Meaning', 'What the client does'],
    rowsOf(CLOSE_CODES).map(quoteCode),
  );
  return CODE_TABLES.reduce(
    (text, { name, rows }) => withTable(text, name, ['Code', 'Meaning', 'What to do'], rows.map(quoteCode)),
    withCloseCodes,
  );
}

/** Everything that the audit log has entries of. */
function currentSecurity(): string {
  const rows = Object.entries(AUDIT_ACTIONS).map(([action, meaning]): TableRow => [`\`${action}\``, meaning]);
  return withTable(read('docs/security.md'), 'audit actions', ['Action', 'Meaning'], rows);
}

/** Every metric that a process of either kind offers. */
function currentMetrics(): string {
  const rows = allMetrics().map(
    ({ name, help, type, labelNames }): TableRow => [
      `\`${name}\``,
      type,
      labelNames.map((label) => `\`${label}\``).join(', '),
      help,
    ],
  );
  const document = withTable(read('docs/metrics.md'), 'metrics', ['Metric', 'Type', 'Labels', 'Meaning'], rows);
  const reasons = Object.entries(FAULT_REASONS).map(([reason, meaning]): TableRow => [`\`${reason}\``, meaning]);
  return withTable(document, 'reasons', ['Reason', 'Meaning'], reasons);
}

function quoteCode([code, ...cells]: TableRow): TableRow {
  return [`\`${code}\``, ...cells];
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

describe('what "npm run generate" writes is current', () => {
  test.each([
    ['schema.graphql', currentSchema],
    ['docs/settings.md', currentSettings],
    ['docs/errors.md', currentErrors],
    ['docs/metrics.md', currentMetrics],
    ['docs/security.md', currentSecurity],
    ['src/client/operations/operations.ts', () => currentOperations(describeApiSchema())],
    ['src/client/apollo/possible-types.ts', () => currentPossibleTypes(describeApiSchema())],
  ])('npm run generate has been run: %s', async (path, current) => {
    await expect(await current()).toMatchFileSnapshot(`../../${path}`);
  });
});

test('docs/errors.md says of every code what it means and what to do', () => {
  const document = currentErrors();
  for (const name of ['issues', 'import issues', 'close codes', ...CODE_TABLES.map((table) => table.name)]) {
    const rows = tableRows(document, name);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter((cells) => cells.some((cell) => cell === ''))).toEqual([]);
  }
});
