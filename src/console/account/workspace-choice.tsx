import { useMutation } from '@apollo/client/react';
import { changeWorkspace } from '../connection/server.ts';
import { SelectWorkspaceDocument, type ViewerFieldsFragment } from '../gql/graphql.ts';
import { SelectField } from '../ui/field.tsx';
import { ErrorNotice } from '../ui/notice.tsx';

/** Moves the session to another workspace. Nothing for those who have but one. */
export function WorkspaceChoice({ viewer }: { readonly viewer: ViewerFieldsFragment }) {
  const [select, { error }] = useMutation(SelectWorkspaceDocument);
  if (viewer.memberships.length < 2) return null;
  const change = (id: string) => {
    select({ variables: { id } })
      .then(async ({ data }) => {
        if (!data?.selectWorkspace) return;
        await changeWorkspace();
      })
      .catch(() => undefined);
  };
  return (
    <>
      <SelectField
        label="Workspace"
        value={viewer.workspace.id}
        onChange={change}
        options={viewer.memberships.map(({ workspace }) => [workspace.id, workspace.name])}
      />
      <ErrorNotice error={error} />
    </>
  );
}
