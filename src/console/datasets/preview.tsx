import { useQuery } from '@apollo/client/react';
import { DatasetPreviewDocument } from '../gql/graphql.ts';
import { ErrorNotice } from '../ui/notice.tsx';
import { PreviewTable } from './preview-table.tsx';

export function Preview({ id }: { readonly id: string }) {
  const { data, error } = useQuery(DatasetPreviewDocument, { variables: { id } });
  if (!data?.dataset) return <ErrorNotice error={error} />;
  return <PreviewTable columns={data.dataset.columns} rows={data.dataset.preview} />;
}
