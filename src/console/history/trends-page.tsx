import { useQuery } from '@apollo/client/react';
import { Link } from 'wouter';
import { LineChart } from '../charts/line-chart.tsx';
import { type MetricsFilter, type Task, TrendsDocument, type TrendsQuery } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { Facts } from '../ui/facts.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { count, dateTime, duration, metric, metricTitle, words } from '../ui/format.ts';
import { Empty, ErrorNotice, Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Table } from '../ui/table.tsx';

type Summary = NonNullable<TrendsQuery['metricsSummary']>;

/** How the runs have done over time. */
export function TrendsPage() {
  const [task, setTask] = useAddress('task');
  const [datasetName, setDatasetName] = useAddress('dataset');
  const filter: MetricsFilter = {
    ...(task === '' ? {} : { task: task as Task }),
    ...(datasetName === '' ? {} : { datasetName }),
  };
  const { data, error } = useQuery(TrendsDocument, { variables: { filter } });
  const summary = data?.metricsSummary;
  const isFiltered = task !== '' || datasetName !== '';
  return (
    <Page title="Trends">
      {(isFiltered || (summary && summary.count > 0)) && (
        <div className="form-row">
          <SelectField
            label="Task"
            value={task}
            onChange={setTask}
            options={[
              ['', 'Any'],
              ['CLASSIFICATION', 'Classification'],
              ['REGRESSION', 'Regression'],
            ]}
          />
          <TextField
            label="Name of the dataset"
            type="search"
            value={datasetName}
            onChange={setDatasetName}
            placeholder="Any"
          />
        </div>
      )}
      <ErrorNotice error={error} />
      {summary && (summary.count === 0 ? <NoTrend isFiltered={isFiltered} /> : <Trend summary={summary} />)}
    </Page>
  );
}

function NoTrend({ isFiltered }: { readonly isFiltered: boolean }) {
  return (
    <Empty title={isFiltered ? 'No run is like that' : 'Nothing to see yet'}>
      <p>{isFiltered ? 'Take a condition away to see more.' : 'Trends begin with the first run that succeeds.'}</p>
      <Link className="button" href={isFiltered ? '/trends' : '/'}>
        {isFiltered ? 'Show all' : 'To the datasets'}
      </Link>
    </Empty>
  );
}

function Trend({ summary }: { readonly summary: Summary }) {
  const { trends, latestChange } = summary;
  const oldestFirst = [...trends].reverse();
  const byTask = (task: Task) => oldestFirst.filter(({ metrics }) => metrics.task === task && metrics.primary !== null);
  return (
    <>
      <Facts
        facts={[
          ['Runs', count(summary.count)],
          ['Best accuracy', summary.accuracy && metric(summary.accuracy.best)],
          ['Best ROC AUC', summary.rocAuc && metric(summary.rocAuc.best)],
          ['Best R²', summary.r2 && metric(summary.r2.best)],
          ['Median training time', summary.durationSeconds && duration(summary.durationSeconds.median)],
        ]}
      />
      {latestChange && <Verdict change={latestChange} />}
      <div className="columns">
        {(['CLASSIFICATION', 'REGRESSION'] as const).map((task) => {
          const runs = byTask(task);
          const [first] = runs;
          const primary = first?.metrics.primary ?? null;
          if (primary === null) return null;
          const title = metricTitle(primary.name);
          return (
            <section key={task} className="section">
              <h2>{title}, run by run</h2>
              <LineChart
                label={`${title} of the runs, oldest first`}
                series={[
                  {
                    title,
                    tone: 'series-1',
                    hasDots: true,
                    points: runs.map(({ metrics }, index) => [index + 1, metrics.primary?.value ?? 0]),
                  },
                ]}
                xTitle="Run, oldest first"
                yTitle={title}
                isCounted
              />
            </section>
          );
        })}
      </div>
      <RunPoints trends={trends} />
    </>
  );
}

const NOT_COMPARABLE = ['info', 'not comparable with'] as const;

const VERDICTS = {
  BETTER: ['good', 'significantly better than'],
  WORSE: ['bad', 'significantly worse than'],
  NO_DIFFERENCE: ['info', 'not significantly different from'],
} as const;

function Verdict({ change }: { readonly change: NonNullable<Summary['latestChange']> }) {
  const { verdict } = change;
  const [tone, text] = verdict in VERDICTS ? VERDICTS[verdict as keyof typeof VERDICTS] : NOT_COMPARABLE;
  return (
    <Notice tone={tone}>
      <p>
        The <Link href={`/runs/${change.runId}`}>newest run</Link> is {text}{' '}
        <Link href={`/compare?runs=${change.runId},${change.previousRunId}`}>the one before</Link>.
      </p>
    </Notice>
  );
}

function RunPoints({ trends }: { readonly trends: Summary['trends'] }) {
  return (
    <Table label="Runs, newest first">
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Algorithm</th>
          <th scope="col">Result</th>
          <th scope="col">When</th>
          <th scope="col" className="number">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {trends.map(
          ({ runId, datasetName, datasetVersion, algorithm, metrics: { primary }, createdAt, durationSeconds }) => (
            <tr key={runId}>
              <th scope="row">
                <Link href={`/runs/${runId}`}>
                  {datasetName}, version {datasetVersion}
                </Link>
              </th>
              <td>{words(algorithm)}</td>
              <td className="number" style={{ textAlign: 'left' }}>
                {primary ? `${metricTitle(primary.name)} ${metric(primary.value)}` : '–'}
              </td>
              <td>{dateTime(createdAt)}</td>
              <td className="number">{durationSeconds === null ? '–' : duration(durationSeconds)}</td>
            </tr>
          ),
        )}
      </tbody>
    </Table>
  );
}
