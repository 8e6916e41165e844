import { TrainyardError } from '../errors.ts';
import { type Identity, requireViewer, type Viewer } from './viewer.ts';
import type { Role } from './workspaces/workspace.table.ts';

/** Who may use a root field: anyone, or members of the token's workspace with one of these roles. */
export type Permission = 'ANYONE' | readonly Role[];

const EVERY_MEMBER: Permission = ['OWNER', 'EDITOR', 'READER'];
const OWNERS: Permission = ['OWNER'];
const WRITERS: readonly Role[] = ['OWNER', 'EDITOR'];

/**
 * The authorisation matrix, with one row per root field of the schema. A field without a row is refused to everybody, and
 * fails a test.
 */
export const PERMISSIONS: Readonly<Record<string, Permission>> = {
  'Query.health': 'ANYONE',
  'Query.limits': 'ANYONE',
  'Query.viewer': 'ANYONE',
  'Query.node': EVERY_MEMBER,
  'Query.datasets': EVERY_MEMBER,
  'Query.dataset': EVERY_MEMBER,
  'Query.algorithms': EVERY_MEMBER,
  'Query.trainingRuns': EVERY_MEMBER,
  'Query.trainingRun': EVERY_MEMBER,
  'Query.compareRuns': EVERY_MEMBER,
  'Query.uploadSession': EVERY_MEMBER,
  'Query.uploadSessions': EVERY_MEMBER,
  'Query.artifacts': EVERY_MEMBER,
  'Query.artifact': EVERY_MEMBER,
  'Query.predict': EVERY_MEMBER,
  'Query.batchPrediction': EVERY_MEMBER,
  'Query.batchPredictions': EVERY_MEMBER,
  'Mutation.startBatchPrediction': WRITERS,
  'Mutation.cancelBatchPrediction': WRITERS,
  'Mutation.deleteBatchPrediction': WRITERS,
  'Subscription.batchPredictionProgress': EVERY_MEMBER,
  'Query.modelAliases': EVERY_MEMBER,
  'Mutation.setModelAlias': WRITERS,
  'Query.metricTrends': EVERY_MEMBER,
  'Query.metricsSummary': EVERY_MEMBER,
  'Query.datasetDeletion': EVERY_MEMBER,
  'Query.apiKeys': OWNERS,
  'Mutation.signUp': 'ANYONE',
  'Mutation.signIn': 'ANYONE',
  'Mutation.refreshSession': 'ANYONE',
  'Mutation.requestPasswordReset': 'ANYONE',
  'Mutation.resetPassword': 'ANYONE',
  'Mutation.verifyEmail': 'ANYONE',
  'Mutation.changePassword': EVERY_MEMBER,
  'Mutation.updateProfile': EVERY_MEMBER,
  'Mutation.deleteAccount': EVERY_MEMBER,
  'Mutation.signOut': EVERY_MEMBER,
  'Mutation.createApiKey': OWNERS,
  'Mutation.revokeApiKey': OWNERS,
  'Mutation.createWorkspace': EVERY_MEMBER,
  'Mutation.selectWorkspace': EVERY_MEMBER,
  // Of a workspace that they own, which need not be the current one.
  'Mutation.deleteWorkspace': EVERY_MEMBER,
  'Mutation.acceptInvitation': EVERY_MEMBER,
  'Mutation.inviteMember': OWNERS,
  'Mutation.revokeInvitation': OWNERS,
  'Mutation.changeRole': OWNERS,
  // Everybody may leave; the service lets owners alone remove others.
  'Mutation.removeMember': EVERY_MEMBER,
  'Mutation.inspectDataset': EVERY_MEMBER,
  'Mutation.uploadDataset': WRITERS,
  'Mutation.createUpload': WRITERS,
  'Mutation.completeUpload': WRITERS,
  'Mutation.abortUpload': WRITERS,
  'Mutation.deleteDataset': WRITERS,
  'Mutation.restoreDataset': WRITERS,
  'Mutation.pinDataset': WRITERS,
  'Mutation.cleanupExpiredDatasets': WRITERS,
  'Mutation.startTraining': WRITERS,
  'Mutation.cancelTraining': WRITERS,
  'Mutation.stopTraining': WRITERS,
  'Mutation.retryTraining': WRITERS,
  'Mutation.updateTrainingRun': WRITERS,
  'Mutation.archiveTrainingRun': WRITERS,
  'Mutation.deleteTrainingRun': WRITERS,
  'Mutation.importModel': WRITERS,
  'Mutation.deleteArtifact': WRITERS,
  'Mutation.createDownload': EVERY_MEMBER,
  'Subscription.uploadProgress': EVERY_MEMBER,
  'Mutation.pinArtifact': WRITERS,
  'Subscription.trainingProgress': EVERY_MEMBER,
  'Subscription.trainingEvents': EVERY_MEMBER,
  'Subscription.trainingRunChanges': EVERY_MEMBER,
  'Subscription.datasetChanges': EVERY_MEMBER,
};

/**
 * What only users of this server may do, whatever the role of an API key, or of whomever an outside issuer has admitted: these
 * manage no members, keys, accounts or workspaces. Of an outside issuer's, that is for the issuer to do.
 */
export const FOR_USERS_ONLY: ReadonlySet<string> = new Set([
  'Query.apiKeys',
  'Mutation.signOut',
  'Mutation.changePassword',
  'Mutation.updateProfile',
  'Mutation.deleteAccount',
  'Mutation.createWorkspace',
  'Mutation.selectWorkspace',
  'Mutation.deleteWorkspace',
  'Mutation.acceptInvitation',
  'Mutation.inviteMember',
  'Mutation.revokeInvitation',
  'Mutation.changeRole',
  'Mutation.removeMember',
  'Mutation.createApiKey',
  'Mutation.revokeApiKey',
]);

/**
 * What is asked so often that it suffices who the caller was half a second ago. It changes nothing, and shows no rows of a table:
 * nothing else belongs here.
 */
const ASKED_OFTEN: ReadonlySet<string> = new Set(['Query.predict']);

/** How a caller is identified. */
interface Identifiable {
  identify(): Promise<Identity>;
  /** Who the caller was a moment ago, at most. */
  identifyRecently(): Promise<Identity>;
}

/** Throws UNAUTHENTICATED or FORBIDDEN if the caller may not use the root field. */
export async function authorize(rootField: string, caller: Identifiable): Promise<void> {
  const permission = PERMISSIONS[rootField];
  if (permission === 'ANYONE') return;
  const identity = await (ASKED_OFTEN.has(rootField) ? caller.identifyRecently() : caller.identify());
  const { role, apiKeyId, outside } = requireViewer(identity);
  if (FOR_USERS_ONLY.has(rootField)) {
    if (apiKeyId !== null) throw forbiddenTo('An API key', rootField);
    if (outside !== null) throw forbiddenTo('Whoever is managed by an outside issuer', rootField);
  }
  if (!permission?.includes(role)) throw forbidden(role, rootField);
}

/** Throws FORBIDDEN for a field of a type, `Type.field`, that gives more than reading to a member who may only read. */
export function requireWriter({ role }: Pick<Viewer, 'role'>, field: string): void {
  if (!WRITERS.includes(role)) throw forbidden(role, field);
}

function forbiddenTo(who: string, field: string): TrainyardError {
  return new TrainyardError('FORBIDDEN', `${who} may not use ${field.split('.')[1]}, whatever the role.`);
}

function forbidden(role: Role, field: string): TrainyardError {
  return new TrainyardError('FORBIDDEN', `A member with the role ${role} may not use ${field.split('.')[1]}.`);
}
