import { Link } from 'wouter';
import { isActive, type RunComparison, useRunComparison } from '../../client/react/index.ts';
import { datasetOf, originOf } from '../runs/run-origin.ts';
import { RunStatus } from '../runs/run-status.tsx';
import { useAddress } from '../ui/address.ts';
import { count, metric, metricTitle, percent, words } from '../ui/format.ts';
import { Empty, ErrorNotice, Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';

/** Runs side by side; the address is a link that can be passed on. */
export function ComparisonPage() {
  const [value] = useAddress('runs');
  const ids = value.split(',').filter((id) => id !== '');
  if (ids.length === 0) {
    return (
      <Page title="Compare runs">
        <Empty title="No runs are chosen">
          <p>Choose two or more in the list of runs, then “Compare”.</p>
          <Link className="button primary" href="/runs">
            To the runs
          </Link>
        </Empty>
      </Page>
    );
  }
  return <Compared ids={ids} />;
}

function Compared({ ids }: { readonly ids: readonly string[] }) {
  const { data: comparison, error } = useRunComparison(ids);
  return (
    <Page
      title="Compare runs"
      above={<Link href={`/runs?compare=${ids.join(',')}`}>Runs</Link>}
      below="This address is a link to the comparison."
    >
      <ErrorNotice error={error} />
      {comparison && (
        <>
          {comparison.warnings.map((warning) => (
            <Notice key={warning} tone="warn">
              <p>{warning}</p>
            </Notice>
          ))}
          <MetricTable comparison={comparison} />
          <ParameterTable comparison={comparison} />
        </>
      )}
    </Page>
  );
}

function RunHeads({ comparison }: { readonly comparison: RunComparison }) {
  return comparison.runs.map((run) => (
    <th key={run.id} scope="col" className="number">
      <Link href={`/runs/${run.id}`}>{run.name ?? originOf(run)}</Link>
      <div>{datasetOf(run)}</div>
      <RunStatus run={run} />
      {isActive(run) && ` ${percent(run.progress)}`}
    </th>
  ));
}

function MetricTable({ comparison }: { readonly comparison: RunComparison }) {
  if (comparison.metrics.length === 0) {
    return <p className="muted">There are metrics as soon as a run has succeeded.</p>;
  }
  return (
    <Table label="Metrics">
      <thead>
        <tr>
          <th scope="col">On test rows</th>
          <RunHeads comparison={comparison} />
          <th scope="col">The best</th>
        </tr>
      </thead>
      <tbody>
        {comparison.metrics.map((row) => (
          <MetricRow key={row.name} comparison={comparison} row={row} />
        ))}
      </tbody>
    </Table>
  );
}

interface MetricRowProps {
  readonly comparison: RunComparison;
  readonly row: RunComparison['metrics'][number];
}

function MetricRow({ comparison: { runs }, row }: MetricRowProps) {
  const { name, values, bestRunId, higherIsBetter } = row;
  // The server names the first of those that are equally good.
  const first = runs.findIndex(({ id }) => id === bestRunId);
  const isBest = runs.map((_, index) => first >= 0 && values[index] === values[first]);
  return (
    <tr>
      <th scope="row">
        {metricTitle(name)} {!higherIsBetter && <span className="muted">lower is better</span>}
      </th>
      {runs.map((run, index) => {
        const value = values[index] ?? null;
        const text = value === null ? '–' : metric(value);
        return (
          <td key={run.id} className="number">
            {isBest[index] ? <strong>{text}</strong> : text}
          </td>
        );
      })}
      <td>
        {runs.length > 1 &&
          verdictOf(
            runs.filter((_, index) => isBest[index]),
            runs.length,
            row.significant,
          )}
      </td>
    </tr>
  );
}

function verdictOf(ties: RunComparison['runs'], of: number, significant: boolean | null): string {
  const [best] = ties;
  if (best === undefined) return '';
  if (ties.length > 1) return ties.length === of ? 'all the same' : `${count(ties.length)} the same`;
  if (significant === null) return `${words(best.algorithm)}, not tested`;
  return significant ? `${words(best.algorithm)}, significantly` : 'no significant difference';
}

/** Names of the API in words, also within a text, and numbers of many digits in groups. */
function settingText(value: string | null): string {
  if (value === null) return '–';
  if (/^\d{4,}$/.test(value)) return count(Number(value));
  return value.replace(/\b[A-Z][A-Z_]+\b/, (name) => words(name));
}

function ParameterTable({ comparison }: { readonly comparison: RunComparison }) {
  const sorted = [...comparison.parameters].sort((a, b) => Number(b.differs) - Number(a.differs));
  return (
    <section className="section">
      <h2>Settings</h2>
      <Table label="Settings">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            {comparison.runs.map((run) => (
              <th key={run.id} scope="col" className="number">
                {words(run.algorithm)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ name, values, differs }) => (
            <tr key={name}>
              <th scope="row">
                {words(name.replace(/^run\./, ''))} {differs && <span className="muted">differs</span>}
              </th>
              {comparison.runs.map((run, index) => (
                <td key={run.id} className="number">
                  {settingText(values[index] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}
