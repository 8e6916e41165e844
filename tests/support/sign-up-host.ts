import { createLogger } from '../../src/platform/monitoring/logger.ts';
import { startApiProcess } from '../../src/processes/api-process.ts';
import { PASSWORD, signUpWith, type Tokens } from './people.ts';
import { SECRETS } from './secrets.ts';
import { TestClient } from './test-client.ts';
import { startTestServer, type TestServer } from './test-server.ts';

const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) {
  accessToken refreshToken viewer { role memberships { workspace { id } } } } }`;
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { url } }';

export type SignedUp = { signUp: Tokens & { viewer: { role: string; memberships: { workspace: { id: string } }[] } } };

/** A server to which an owner belongs who signed up before its policy. */
export class Host {
  readonly server: TestServer;
  readonly owner: Tokens & { readonly email: string };

  private constructor(server: TestServer, owner: Tokens & { readonly email: string }) {
    this.server = server;
    this.owner = owner;
  }

  static async start(policy: string, settings: Record<string, string> = {}): Promise<Host> {
    const server = await startTestServer({ ...SECRETS, ...settings, SIGN_UP: policy }, { worker: false });
    const config = { ...server.config, SIGN_UP: 'open' } as const;
    const open = await startApiProcess(config, server.access, createLogger('fatal', 'test'));
    try {
      return new Host(server, await signUpWith(open.address));
    } finally {
      await open.close();
    }
  }

  signUp(input: object) {
    const all = { password: PASSWORD, tokenTransport: 'BODY', ...input };
    return this.server.anonymous().request<SignedUp>(SIGN_UP, { input: all });
  }

  /** The token of an invitation to the owner's workspace. */
  async invite(email: string, role = 'EDITOR'): Promise<string> {
    const client = new TestClient(this.server.address, this.owner.accessToken);
    const { inviteMember } = await client.execute<{ inviteMember: { url: string } }>(INVITE, {
      input: { email, role },
    });
    return new URL(inviteMember.url).hash.replace('#token=', '');
  }
}
