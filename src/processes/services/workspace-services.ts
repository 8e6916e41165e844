import type { LinkHolders } from '../../api/http/download-links.ts';
import { ApiKeys } from '../../auth/api-keys/api-keys.service.ts';
import { AuditLog } from '../../auth/audit/audit.service.ts';
import { OutsideIdentities } from '../../auth/outside/outside-identities.service.ts';
import { OutsideTokens } from '../../auth/outside/outside-tokens.ts';
import type { People } from '../../auth/people.ts';
import { ActiveMembers } from '../../auth/workspaces/active-members.ts';
import { Invitations } from '../../auth/workspaces/invitation.service.ts';
import { Members } from '../../auth/workspaces/members.service.ts';
import { WorkspaceSelection } from '../../auth/workspaces/workspace-selection.service.ts';
import { Workspaces } from '../../auth/workspaces/workspaces.service.ts';
import type { Config } from '../../config.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { SharedServices } from './shared-services.ts';

/** The services of an API process about workspaces themselves. */
export interface WorkspaceServices {
  readonly auditLog: AuditLog;
  readonly workspaces: Workspaces;
  readonly members: Members;
  readonly invitations: Invitations;
  readonly workspaceSelection: WorkspaceSelection;
  readonly apiKeys: ApiKeys;
  readonly outsideIdentities: OutsideIdentities;
  readonly linkHolders: LinkHolders;
}

export function workspaceServices(
  { database }: SharedServices,
  { sessionTokens, mails }: People,
  { OIDC_ISSUERS, MAX_WORKSPACES_PER_USER }: Pick<Config, 'OIDC_ISSUERS' | 'MAX_WORKSPACES_PER_USER'>,
  logger: Logger,
): WorkspaceServices {
  return {
    auditLog: new AuditLog(database),
    workspaces: new Workspaces(database, MAX_WORKSPACES_PER_USER),
    members: new Members(database),
    invitations: new Invitations(database, mails),
    workspaceSelection: new WorkspaceSelection(database, sessionTokens),
    apiKeys: new ApiKeys(database),
    outsideIdentities: new OutsideIdentities(database, new OutsideTokens(OIDC_ISSUERS, logger)),
    linkHolders: new ActiveMembers(database),
  };
}
