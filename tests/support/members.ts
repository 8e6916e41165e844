import { randomUUID } from 'node:crypto';
import { workspaceIdOf } from './operations.ts';
import { TestClient } from './test-client.ts';
import type { TestServer } from './test-server.ts';

/** A member of a workspace, and a client that speaks for them there. */
export interface TestMember {
  readonly membershipId: string;
  readonly userId: string;
  readonly client: TestClient;
}

/**
 * Signs a new user up who is a member of another's workspace alone, as its owner would have invited them. Their token is for
 * that workspace.
 */
export async function addMember(server: TestServer, owner: TestClient, role: string): Promise<TestMember> {
  const workspaceId = await workspaceIdOf(owner);
  const joined = await server.signUp();
  const { viewer } = await joined.execute<{ viewer: { user: { id: string; email: string } } }>(
    '{ viewer { user { id email } } }',
  );
  const { id: userId, email } = viewer.user;
  const membershipId = randomUUID();
  await server.database.owner`delete from memberships where user_id = ${userId}`;
  await server.database.owner`insert into memberships (id, workspace_id, user_id, role, created_at)
    values (${membershipId}, ${workspaceId}, ${userId}, ${role}, now())`;
  const { signIn } = await server
    .anonymous()
    .execute<{ signIn: { accessToken: string } }>(
      'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }',
      { input: { email, password: 'correct horse battery' } },
    );
  return { membershipId, userId, client: new TestClient(server.address, signIn.accessToken) };
}
