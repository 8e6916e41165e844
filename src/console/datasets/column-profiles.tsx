import { useQuery } from '@apollo/client/react';
import { type SubmitEvent, useState } from 'react';
import { Bars } from '../charts/bars.tsx';
import { Histogram } from '../charts/histogram.tsx';
import { type ColumnProfileFragment, DatasetColumnsDocument } from '../gql/graphql.ts';
import { useAddress } from '../ui/address.ts';
import { TextField } from '../ui/field.tsx';
import { count, decimal, percent, words } from '../ui/format.ts';
import { Empty, ErrorNotice } from '../ui/notice.tsx';
import { Pager } from '../ui/pager.tsx';

/** So many columns at a time: a file may have a hundred thousand. */
const PAGE_SIZE = 24;

/** The profile of each column, a page of them at a time. */
export function ColumnProfiles({ id, total }: { readonly id: string; readonly total: number }) {
  const [from, setFrom] = useAddress('from', '0');
  const [name, setName] = useAddress('column');
  const offset = Number.parseInt(from, 10) || 0;
  const names = name === '' ? null : [name];
  const { data, previousData, error } = useQuery(DatasetColumnsDocument, {
    variables: { id, offset: names === null ? offset : 0, limit: PAGE_SIZE, names },
  });
  const columns = (data ?? previousData)?.dataset?.columns;
  return (
    <section className="section">
      {total > PAGE_SIZE && <ColumnSearch initial={name} onSearch={setName} />}
      <ErrorNotice error={error} />
      {columns?.length === 0 && (
        <Empty title={`There is no column “${name}”`}>
          <p>Names are searched exactly as they stand in the file.</p>
        </Empty>
      )}
      <div className="cards">
        {columns?.map((column) => (
          <ColumnCard key={column.index} column={column} />
        ))}
      </div>
      {names === null && (
        <Pager
          from={offset}
          pageSize={PAGE_SIZE}
          total={total}
          noun="columns"
          onMove={(next) => setFrom(String(next))}
        />
      )}
    </section>
  );
}

function ColumnSearch({ initial, onSearch }: { readonly initial: string; readonly onSearch: (name: string) => void }) {
  const [value, setValue] = useState(initial);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSearch(value.trim());
  };
  return (
    <form onSubmit={submit}>
      <TextField
        label="Find a column"
        type="search"
        value={value}
        onChange={setValue}
        hint="Its exact name, then Enter; empty shows all."
      />
    </form>
  );
}

function ColumnCard({ column }: { readonly column: ColumnProfileFragment }) {
  const { name, kind, missingRatio, distinct, approximate, numeric, topValues } = column;
  return (
    <article className="card">
      <div className="card-head">
        <h3>{name}</h3>
        <span className="muted">{words(kind)}</span>
      </div>
      <p className="muted number">
        {missingRatio === 0 ? 'none missing' : `${percent(missingRatio)} missing`}, {approximate ? 'about ' : ''}
        {count(distinct)} distinct
      </p>
      {numeric === null ? (
        <Bars
          label={`Most frequent values of ${name}`}
          bars={topValues
            .slice(0, 5)
            .map(({ value, count: times }) => ({ key: value, title: value, value: times, text: count(times) }))}
        />
      ) : (
        <>
          <Histogram label={name} bins={numeric.histogram} />
          <p className="number">
            {decimal(numeric.min)} to {decimal(numeric.max)}, median {decimal(numeric.median)}
          </p>
          <p className="muted number">
            mean {decimal(numeric.mean)}, deviation {decimal(numeric.stddev)}
          </p>
        </>
      )}
    </article>
  );
}
