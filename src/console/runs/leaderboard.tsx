import type { Candidate } from '../../client/core/index.ts';
import { useLeaderboard } from '../../client/react/index.ts';
import { counted, decimal, duration, metricTitle, percent, words } from '../ui/format.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { Table } from '../ui/table.tsx';
import type { Run } from './use-run.ts';

/** What an AUTO run tries, best first, while it works and afterwards. */
export function Leaderboard({ run: { id, task } }: { readonly run: Run }) {
  const { candidates, error } = useLeaderboard(id);
  const known = candidates ?? [];
  const done = known.filter(({ status }) => status === 'DONE').length;
  const scoreName = known.find(({ score }) => score !== null)?.score?.name;
  return (
    <section className="section">
      <h2>Candidates</h2>
      <ErrorNotice error={error} />
      <p className="muted">
        {done} of {counted(known.length, 'candidate')} done. Each is judged by the{' '}
        {task === 'REGRESSION' ? 'squared error' : 'log-loss'} on the training rows that its folds held back; lower is
        better. The weights are those of the best model so far.
      </p>
      {known.length > 0 && (
        <Table label="Candidates">
          <thead>
            <tr>
              <th scope="col">Candidate</th>
              <th scope="col">Status</th>
              <Numbers title="Folds" />
              <Numbers title="Loss" />
              <Numbers title="95 % interval" />
              <Numbers title={scoreName === undefined ? 'Score' : metricTitle(scoreName)} />
              <Numbers title="Seconds" />
              <Numbers title="µs per row" />
              <Numbers title="Weight" />
            </tr>
          </thead>
          <tbody>
            {known.map((candidate) => (
              <CandidateRow key={candidate.id} candidate={candidate} />
            ))}
          </tbody>
        </Table>
      )}
    </section>
  );
}

function Numbers({ title }: { readonly title: string }) {
  return (
    <th scope="col" className="number">
      {title}
    </th>
  );
}

function CandidateRow({ candidate }: { readonly candidate: Candidate }) {
  const { name, status, reason, foldsDone, folds, loss, low, high, score } = candidate;
  const { fitSeconds, predictMicroseconds, weight } = candidate;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {words(status)}
        {reason !== null && <span className="muted">: {reason}</span>}
      </td>
      <td className="number">
        {foldsDone} of {folds}
      </td>
      <td className="number">{shown(loss, decimal)}</td>
      <td className="number">{low === null || high === null ? '–' : `${decimal(low)} to ${decimal(high)}`}</td>
      <td className="number">{shown(score?.value ?? null, decimal)}</td>
      <td className="number">{shown(fitSeconds, duration)}</td>
      <td className="number">{shown(predictMicroseconds, decimal)}</td>
      <td className="number">{shown(weight, percent)}</td>
    </tr>
  );
}

function shown(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}
