import { type DatasetIssue, issue, quoted } from '../../tabular/issues/issues.ts';

/** The issue for a file extension that is not allowed, compared case-insensitively; null if it is. */
export function extensionIssue(filename: string, allowed: readonly string[]): DatasetIssue | null {
  const extension = /\.([^.]*)$/.exec(filename.trim())?.[1]?.toLowerCase() ?? null;
  if (extension !== null && allowed.includes(extension)) return null;
  const found = extension === null ? 'no extension' : `the extension ${quoted(`.${extension}`)}`;
  const taken = allowed.map((name) => `.${name}`).join(', ');
  return issue('CSV_EXTENSION_NOT_ALLOWED', `The file name has ${found}; this server accepts ${taken}.`, {
    hint: 'Save a spreadsheet as CSV, or rename a file that already is CSV. The setting ALLOWED_UPLOAD_EXTENSIONS lists the accepted extensions.',
  });
}
