import { useQuery } from '@apollo/client/react';
import Markdown from 'markdown-to-jsx/react';
import { RunModelCardDocument } from '../../gql/graphql.ts';
import { ErrorNotice } from '../../ui/notice.tsx';

/** The card's own title and sections stand below those of the page; names in it are of users, so it has no HTML. */
const OPTIONS = {
  disableParsingRawHTML: true,
  overrides: { h1: { component: 'h2' }, h2: { component: 'h3' }, table: { component: 'table' } },
} as const;

export function ModelCard({ id }: { readonly id: string }) {
  const { data, error } = useQuery(RunModelCardDocument, { variables: { id } });
  const card = data?.trainingRun?.modelCard;
  if (!card) return <ErrorNotice error={error} />;
  return (
    <article className="model-card">
      <Markdown options={OPTIONS}>{card}</Markdown>
    </article>
  );
}
