import type { IssueFieldsFragment, Severity } from '../../client/core/index.ts';
import { count, words } from '../ui/format.ts';

const TONES: Readonly<Partial<Record<Severity, string>>> = { ERROR: 'bad', WARNING: 'warn', INFO: 'live' };
const SEVERITIES: readonly Severity[] = ['ERROR', 'WARNING', 'INFO'];

/** Errors first, then warnings, then notes. */
export function IssueList({ issues }: { readonly issues: readonly IssueFieldsFragment[] }) {
  const sorted = SEVERITIES.flatMap((severity) => issues.filter((issue) => issue.severity === severity));
  return (
    <ul className="issues" aria-label="Issues">
      {sorted.map(({ code, severity, column, lines, message, hint }) => (
        <li key={`${code} ${column} ${message}`} className="issue">
          <span className={`status ${TONES[severity] ?? ''}`}>{severity === 'INFO' ? 'Note' : words(severity)}</span>
          <p>{message}</p>
          {lines.length > 0 && (
            <p className="muted">
              {lines.length === 1 ? 'Line' : 'Lines'} {lines.map(count).join(', ')}
            </p>
          )}
          {hint !== null && <p className="muted">{hint}</p>}
        </li>
      ))}
    </ul>
  );
}
