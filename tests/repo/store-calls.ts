import { randomBytes, randomUUID } from 'node:crypto';
import type { Transaction } from '../../src/platform/postgres/database.ts';
import type { PlannedRun } from '../../src/training/runs/training-run.store.ts';

/** The ids of what a workspace has, by which another may ask for it. */
export interface Known {
  readonly workspaceId: string;
  readonly userId: string;
  readonly membershipId: string;
  /** Of an open invitation. */
  readonly invitationId: string;
  readonly tokenHash: string;
  readonly apiKeyId: string;
  readonly keyHash: string;
  readonly sessionId: string;
  readonly email: string;
  readonly datasetId: string;
  readonly datasetName: string;
  /** Of a dataset that is gone. */
  readonly deletionId: string;
  readonly runId: string;
  readonly jobId: string;
  readonly artifactId: string;
  readonly sha256: string;
  readonly key: string;
  readonly retryId: string;
  /** Of its checkpoint. */
  readonly saveId: string;
  readonly run: PlannedRun;
  /** Of an upload whose file was refused, and of one that is open. */
  readonly refusedUploadId: string;
  readonly uploadId: string;
  readonly uploadKey: string;
  /** Of a running batch prediction, and of one that has a file. */
  readonly batchId: string;
  readonly endedBatchId: string;
}

type Store = Readonly<Record<string, (tx: Transaction, ...parameters: unknown[]) => Promise<unknown>>>;

/** The arguments of each call of a function; several where its statement depends on them. */
type Calls = Readonly<Record<string, readonly (readonly unknown[])[]>>;

const PAGE = { first: 10, after: null };
const ENTRY = { kind: 'STATUS' };

function later(): { createdAt: Date; id: string } {
  return { createdAt: new Date('2999-01-01T00:00:00Z'), id: randomUUID() };
}

/** A call, at least, of every function of every store, about what a workspace has; by the store's file. */
export function storeCalls(known: Known): Readonly<Record<string, Calls>> {
  return {
    'auth/audit/audit.store.ts': auditCalls(known),
    'auth/api-keys/api-key.store.ts': keyCalls(known),
    'auth/workspaces/invitation.store.ts': invitationCalls(known),
    'artifacts/aliases/model-alias.store.ts': {
      putAlias: [
        [{ workspaceId: known.workspaceId, name: 'champion', artifactId: known.artifactId, updatedAt: new Date() }],
      ],
      deleteAlias: [['none']],
      findAlias: [['champion']],
      listAliases: [[]],
      countAliases: [[known.workspaceId]],
    },
    'artifacts/artifact.store.ts': artifactCalls(known),
    'auth/outside/outside-identity.store.ts': outsideCalls(known),
    'auth/sessions/refresh-token.store.ts': refreshTokenCalls(known),
    'auth/sessions/session.store.ts': sessionCalls(known),
    'auth/users/mail-token.store.ts': mailTokenCalls(known),
    'auth/users/user.store.ts': userCalls(known),
    'auth/workspaces/membership.store.ts': membershipCalls(known),
    'api/rate-limits/rate-limit.store.ts': { deleteExpiredCounts: [[new Date()]] },
    'blobs/blob.store.ts': blobCalls(known),
    'datasets/dataset-list.store.ts': datasetListCalls(known),
    'datasets/dataset-parts.store.ts': {
      listColumns: [[[{ datasetId: known.datasetId, names: null, offset: 0, limit: 10 }]]],
      findContents: [[[known.datasetId]]],
    },
    'datasets/dataset.store.ts': datasetCalls(known),
    'datasets/uploads/slots/upload-slot.store.ts': {
      lockSlots: [[]],
      countSlots: [[]],
      insertSlot: [[randomUUID()]],
      renewSlot: [[known.uploadId]],
      deleteSlot: [[known.uploadId]],
      deleteExpiredSlots: [[]],
    },
    'datasets/upload-sessions/upload-session.store.ts': uploadCalls(known),
    'installation/installation.store.ts': {
      findInstallationId: [[]],
      ensureInstallationId: [[randomUUID()]],
      hasHadFiles: [[]],
      writeAndRemove: [[randomUUID()]],
      fillTemporaryFile: [[]],
    },
    'metrics/history/history.store.ts': historyCalls(known),
    'metrics/usage/usage.store.ts': {
      readUsage: [[]],
      countRunsByDay: [[{ from: new Date(0), to: new Date('2999-01-01T00:00:00Z') }]],
    },
    'predictions/batch/batch-prediction.store.ts': batchCalls(known),
    'retention/batches/batch-removal.store.ts': {
      lockRemovableBatch: [[known.endedBatchId]],
      removeBatch: [[known.endedBatchId]],
      markBatchesOfDataset: [[known.datasetId, new Date()]],
      unmarkBatchesOfDataset: [[known.datasetId]],
      removeBatchesOfDataset: [[known.datasetId]],
      forgetModelsOfBatches: [[[known.artifactId]]],
      removeOldBatches: [[new Date(0), 10]],
      removeAllBatches: [[]],
    },
    'retention/datasets/dataset-deletion.store.ts': deletionCalls(known),
    'retention/datasets/marked-rows.store.ts': markedRowCalls(known),
    'retention/expiry/expiry.store.ts': {
      listWorkspaces: [
        [null, 10],
        [randomUUID(), 10],
      ],
      findWorkspaceId: [[randomUUID()]],
      listExpired: [[new Date('2999-01-01T00:00:00Z'), 10]],
      countExpired: [[new Date('2999-01-01T00:00:00Z')]],
      measureRemovable: [
        [[known.datasetId], true],
        [[known.datasetId], false],
      ],
    },
    'retention/models/model-removal.store.ts': {
      removeModel: [
        [known.artifactId, true],
        [known.artifactId, false],
      ],
      countUnpinnedModels: [[]],
      listModelsBeyond: [[0]],
    },
    'retention/pins/pin.store.ts': {
      setDatasetPinned: [
        [known.datasetId, true, null],
        [known.datasetId, false, new Date()],
      ],
      setModelPinned: [[known.artifactId, true]],
    },
    'retention/runs/run-expiry.store.ts': {
      listOldRuns: [
        [{ endedBefore: new Date('2999-01-01T00:00:00Z'), withArchived: true }, 10],
        [{ endedBefore: new Date('2999-01-01T00:00:00Z'), withArchived: false }, 10],
      ],
      countOldRuns: [[{ endedBefore: new Date('2999-01-01T00:00:00Z'), withArchived: true }]],
      lockUnusedRuns: [[[known.runId]]],
    },
    'retention/runs/run-removal.store.ts': {
      lockRemovableRun: [[known.runId]],
      removeRuns: [[[known.runId]]],
    },
    'retention/workspaces/workspace-removal.store.ts': {
      hasMembers: [[]],
      listAnyRuns: [[10]],
      removeWorkspaceRows: [[]],
    },
    'retention/sweep/sweep.store.ts': {
      listUncounted: [[[known.sha256]]],
      listReferenced: [['', 10]],
      listUnreferenced: [[10]],
      recordOrphans: [[[known.sha256], new Date()]],
      listOrphansSeenBefore: [[[known.sha256], new Date('2999-01-01T00:00:00Z')]],
      forgetOtherOrphans: [[[]]],
    },
    'training/events/training-event.store.ts': {
      changeWithEvent: [[known.runId, undefined, {}, ENTRY]],
      listEvents: [[[{ runId: known.runId, afterSeq: 0, first: 10 }]]],
      deleteOldSteps: [[new Date(0), 10]],
    },
    'training/candidates/training-candidate.store.ts': {
      saveCandidates: [[{ id: known.runId, workspaceId: known.workspaceId, attempt: 1 }, [{ number: 1 }]]],
      listCandidates: [[[known.runId]]],
    },
    'training/live/live-run.store.ts': {
      findRunHeads: [[[known.runId]]],
      findHeadsOfLiveRuns: [[new Date(0), 10]],
      findRunsChangedAfter: [[[{ id: known.runId, afterSeq: 0 }]]],
      listEventsAfterEach: [[[{ id: known.runId, afterSeq: 0 }], 10]],
    },
    'training/worker/training-checkpoint.store.ts': checkpointCalls(known),
    'training/evaluations/training-evaluation.store.ts': evaluationCalls(known),
    'training/forecast/training-duration.store.ts': {
      insertDuration: [[{ algorithm: 'LINEAR', work: 1, seconds: 1 }, 10]],
      listDurations: [['LINEAR', 10]],
    },
    'training/runs/training-run-list.store.ts': runListCalls(known),
    'training/runs/training-run-parts.store.ts': {
      listFeatures: [[[{ runId: known.runId, limit: 5 }]]],
      compareFeatures: [[[known.runId, known.retryId], 10]],
      listImportances: [[[{ runId: known.runId, limit: 5 }]]],
      listCurves: [[[{ runId: known.runId, afterIteration: 0, maxPoints: 10 }]]],
    },
    'training/runs/training-run.store.ts': runCalls(known),
    'training/working-time/working-time.store.ts': {
      sumTrainingSeconds: [[new Date(0)]],
      insertRemovedTime: [[[known.runId], new Date(0)]],
      deleteOldRemovedTime: [[new Date()]],
    },
    'training/distributed/hosts/training-host.store.ts': hostCalls(),
    'training/distributed/gangs/training-rank.store.ts': rankCalls(known),
    'training/distributed/files/training-file.store.ts': {
      insertTrainingFile: [[{ workspaceId: known.workspaceId, runId: known.runId, sha256: 'b'.repeat(64) }]],
      deleteTrainingFiles: [
        [known.runId, []],
        [known.runId, ['b'.repeat(64)]],
      ],
      deleteTrainingFile: [[known.runId, 'b'.repeat(64)]],
      listEndedRunsWithFiles: [[10]],
    },
    'jobs/workers/worker.store.ts': workerCalls(),
  };
}

function artifactCalls({ workspaceId, artifactId, runId, retryId, sha256, datasetName }: Known): Calls {
  const anything = { datasetName: null, task: null, algorithm: null };
  const named = { datasetName, task: 'CLASSIFICATION', algorithm: 'BASELINE' };
  const artifact = {
    ...{ id: randomUUID(), workspaceId, runId: retryId, sha256, format: 'TRAINYARD_JSON' },
    ...{ sizeBytes: 1, pinned: false, createdAt: new Date() },
  };
  return {
    insertArtifact: [[artifact]],
    findArtifact: [[artifactId]],
    shareArtifact: [[artifactId]],
    findArtifacts: [[[artifactId]]],
    findArtifactsOfRuns: [[[runId]]],
    listArtifacts: [
      [anything, PAGE],
      [named, { first: 10, after: later() }],
    ],
    countArtifacts: [[anything], [named]],
  };
}

function invitationCalls({ workspaceId, email, tokenHash, invitationId }: Known): Calls {
  const times = { createdAt: new Date(), expiresAt: new Date('2999-01-01T00:00:00Z') };
  const invitation = { id: randomUUID(), workspaceId, email, role: 'EDITOR', tokenHash, ...times };
  return {
    deleteInvitations: [[]],
    replaceInvitation: [[invitation]],
    listInvitations: [[10]],
    findInvitation: [[tokenHash]],
    takeInvitation: [[invitationId]],
    deleteExpiredInvitations: [[new Date('2999-01-01T00:00:00Z')]],
  };
}

function keyCalls({ workspaceId, userId, apiKeyId, keyHash }: Known): Calls {
  const key = {
    ...{ id: randomUUID(), workspaceId, createdBy: userId, name: 'a', prefix: 'try_a', role: 'EDITOR' },
    ...{ keyHash: keyHash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')), createdAt: new Date() },
    ...{ lastUsedAt: null, expiresAt: null, revokedAt: null },
  };
  return {
    revokeAllKeys: [[]],
    insertApiKey: [[key]],
    listApiKeys: [[10]],
    countApiKeys: [[]],
    findKeyByHash: [[keyHash]],
    findActiveKey: [[{ keyHash }], [{ id: apiKeyId }]],
    recordUse: [[apiKeyId, new Date(), new Date()]],
    revokeKey: [[apiKeyId]],
    revokeKeysOfMember: [[userId]],
    revokeKeysOfUser: [[userId]],
  };
}

function outsideCalls({ workspaceId, userId, membershipId }: Known): Calls {
  const times = { createdAt: new Date(), claimedAt: new Date() };
  const said = { name: 'a', email: null, issuedAt: new Date() };
  return {
    findOutsideMember: [[userId]],
    insertOutsideWorkspace: [[{ name: 'a', issuer: 'https://issuer.example.com', issuerName: 'a' }]],
    putOutsideUser: [[{ id: randomUUID(), issuer: 'https://issuer.example.com', subject: 'a', ...said }]],
    insertOutsideMember: [[{ id: randomUUID(), workspaceId, userId, role: 'EDITOR', ...times }]],
    deleteOutsideUser: [[userId]],
    updateOutsideMember: [[membershipId, { role: 'EDITOR', claimedAt: new Date() }]],
  };
}

function auditCalls({ workspaceId, userId, email, datasetId }: Known): Calls {
  const entry = {
    ...{ id: randomUUID(), workspaceId, createdAt: new Date(), action: 'dataset.uploaded', actorId: null },
    ...{ apiKeyId: null, subject: null, details: null },
  };
  return {
    insertAuditEntry: [[entry]],
    insertAuditEntryOfMember: [[entry]],
    insertRefusedSignIn: [[{ id: userId, email }, {}]],
    listAuditEntries: [[PAGE], [{ first: 10, after: later() }]],
    countAuditEntries: [[]],
    countEntriesOf: [['dataset.uploaded', datasetId, new Date(0)]],
    deleteOldAuditEntries: [[new Date(0), 10]],
  };
}

function sessionCalls({ userId, workspaceId, sessionId }: Known): Calls {
  const claims = { userId, workspaceId, sessionId };
  const session = { id: randomUUID(), userId, workspaceId, idleDays: 1 };
  return {
    insertSession: [[session]],
    prolongSession: [[{ ...session, id: sessionId }]],
    findActiveMembership: [[claims], [{ ...claims, isOfSecret: true }]],
    findMembershipOfUser: [[userId, workspaceId]],
    listActiveClaims: [[userId, [claims]]],
    isSessionActive: [[userId, sessionId]],
    endSession: [[userId, sessionId]],
    endOtherSessions: [[userId, sessionId]],
    endSessionsOfUser: [[userId]],
    endAllSessions: [[]],
    announceSessionChange: [[userId]],
  };
}

function refreshTokenCalls({ userId, sessionId }: Known): Calls {
  const hash = randomBytes(32);
  return {
    insertRefreshToken: [[{ hash, userId, sessionId }]],
    lockSessionOfToken: [[hash]],
    findRefreshToken: [[hash]],
    consumeRefreshToken: [[hash, randomBytes(32)]],
    replaceRefreshTokens: [[userId, sessionId]],
    deleteUsedRefreshTokens: [[userId, sessionId]],
  };
}

function mailTokenCalls({ userId }: Known): Calls {
  const token = { hash: randomBytes(32), userId, purpose: 'VERIFY_EMAIL' };
  return {
    insertMailToken: [[{ ...token, validMinutes: 1 }]],
    countRecentMailTokens: [[userId, 'VERIFY_EMAIL']],
    hasMailToken: [[token]],
    takeMailToken: [[token]],
    deleteMailTokens: [[userId, 'VERIFY_EMAIL']],
    deleteExpiredMailTokens: [[userId]],
  };
}

function userCalls({ email, userId }: Known): Calls {
  const createdAt = new Date();
  return {
    insertUser: [[{ id: randomUUID(), email: `${randomUUID()}@example.com`, name: null, createdAt }]],
    findCredentials: [[email]],
    insertPasswordHash: [[userId, 'another']],
    findUserByEmail: [[email]],
    findUser: [[userId]],
    listUncanonicalUsers: [[]],
    setPasswordHash: [[userId, 'another']],
    setUserName: [[userId, 'another']],
    markEmailVerified: [[userId]],
    deleteUser: [[userId]],
  };
}

function membershipCalls({ userId, workspaceId, membershipId, email }: Known): Calls {
  const createdAt = new Date();
  return {
    deleteMemberships: [[]],
    findWorkspace: [[]],
    insertWorkspace: [[{ id: randomUUID(), name: 'another', createdAt }]],
    insertMembership: [[{ id: randomUUID(), workspaceId, userId, role: 'OWNER', createdAt }]],
    listMembershipsOfUser: [[userId]],
    listMembers: [[PAGE], [{ first: 10, after: later() }]],
    countMembers: [[]],
    countOwners: [[]],
    lockMembers: [[]],
    lockUser: [[userId]],
    findMember: [[membershipId]],
    findRole: [[membershipId]],
    findMemberByEmail: [[email]],
    setRole: [[membershipId, 'READER']],
    deleteMembership: [[membershipId]],
  };
}

function blobCalls({ workspaceId, sha256 }: Known): Calls {
  const key = { workspaceId, sha256 };
  return { addReference: [[key, 1]], dropReference: [[key]], lockBlob: [[key]], deleteBlob: [[key]] };
}

function datasetListCalls({ datasetId, datasetName }: Known): Calls {
  const anything = { name: null, latestOnly: false, expiringBefore: null, deleted: false };
  const named = { name: datasetName, latestOnly: true, expiringBefore: new Date(), deleted: true };
  return {
    listDatasets: [
      [anything, PAGE],
      [named, { first: 10, after: later() }],
    ],
    countDatasets: [[anything], [named]],
    findListedDatasets: [[[datasetId]]],
    findDatasetHeads: [[10]],
    listVersions: [[[{ name: datasetName, ...PAGE }]], [[{ name: datasetName, first: 10, after: { version: 1000 } }]]],
    countVersions: [[[datasetName]]],
  };
}

function datasetCalls({ workspaceId, datasetId, datasetName, sha256, key }: Known): Calls {
  const dataset = {
    ...{ id: randomUUID(), workspaceId, name: datasetName, version: 77, filename: 'a.csv', sizeBytes: 1 },
    ...{ sha256, tableSha256: sha256, rowCount: 1, columnCount: 1, dialect: {}, preview: [], issues: [] },
    ...{ pinned: false, createdAt: new Date() },
  };
  const column = {
    ...{ index: 0, name: 'a', kind: 'NUMERIC', missing: 0, distinct: 1, approximate: false, numeric: null },
    ...{ topValues: [], dateOrder: null, numberFormat: null },
  };
  return {
    takeNextVersion: [[workspaceId, datasetName]],
    sumDatasetBytes: [[]],
    insertDataset: [[dataset]],
    insertColumns: [[{ id: datasetId, workspaceId }, JSON.stringify([column])]],
    findDataset: [[datasetId]],
    findDatasetByKey: [[key]],
    findDatasets: [[[datasetId]]],
    shareDataset: [[datasetId]],
    listOutlines: [[datasetId]],
    findColumns: [[[{ datasetId, name: 'species' }]]],
  };
}

function uploadCalls({ workspaceId, uploadId, uploadKey, refusedUploadId, jobId }: Known): Calls {
  const session = {
    ...{ id: randomUUID(), workspaceId, createdBy: null, filename: 'a.csv', sizeBytes: 1, partSizeBytes: 1 },
    ...{ storeId: null, options: {}, idempotencyKey: null, status: 'RECEIVING', progress: 0, etaSeconds: null },
    ...{ attempt: 0, lostAttempts: 0, lastSeq: 1, jobId: null, datasetId: null, report: null, finishedAt: null },
    ...{ errorCode: null, errorMessage: null, errorHint: null, createdAt: new Date(), expiresAt: new Date() },
  };
  const piece = { sessionId: refusedUploadId, workspaceId, piece: 7, first: 0, count: 1, bytes: new Uint8Array(1) };
  return {
    lockUploadsOf: [[workspaceId]],
    countOpenUploads: [[]],
    insertUpload: [[session]],
    findUpload: [[uploadId]],
    findOpenUploadByKey: [[uploadKey]],
    listUploads: [[10]],
    claimUpload: [[uploadId, jobId]],
    changeReading: [[uploadId, 1, { progress: 0.5 }]],
    changeUpload: [[uploadId, ['READING'], { progress: 0.6 }]],
    changeUploadOfJob: [[uploadId, jobId, { progress: 0.7 }]],
    lockUpload: [[uploadId]],
    countUnreadUploads: [[]],
    findUploadHeads: [[[uploadId]]],
    findUploadsChangedAfter: [[[{ id: uploadId, afterSeq: 0 }]]],
    insertReportPieces: [[[piece]]],
    listReportPieces: [[refusedUploadId]],
    listExpiredUploads: [[10]],
    deleteOldUploads: [[new Date(0)]],
  };
}

function batchCalls({ workspaceId, batchId, artifactId, datasetId, jobId, key }: Known): Calls {
  const batch = {
    ...{ id: randomUUID(), workspaceId, createdBy: null, artifactId, datasetId, contributions: 0, status: 'QUEUED' },
    ...{ stage: 'WAITING', progress: 0, attempt: 0, lostAttempts: 0, lastSeq: 1, preview: [], warnings: [] },
    ...{ createdAt: new Date() },
  };
  const anything = { artifactId: null, datasetId: null, statuses: null };
  const named = { artifactId, datasetId, statuses: ['RUNNING'] };
  return {
    lockBatchesOf: [[workspaceId]],
    insertBatch: [[batch]],
    findBatch: [[batchId]],
    lockBatch: [[batchId]],
    findBatchByKey: [[key]],
    findBatchPace: [[artifactId]],
    forgetBatchKey: [[batchId]],
    countUnfinishedBatches: [[]],
    sumBatchBytes: [[]],
    listBatches: [
      [anything, PAGE],
      [named, { first: 10, after: later() }],
    ],
    countBatches: [[anything], [named]],
    lockActiveBatches: [[null], [datasetId]],
    claimBatch: [[batchId, jobId]],
    changeBatch: [[batchId, 1, { progress: 0.5 }]],
    changeActiveBatch: [[{ id: batchId, workspaceId }, { progress: 0.6 }]],
    changeBatchOfJob: [[batchId, jobId, { progress: 0.7 }]],
    findBatchHeads: [[[batchId]]],
    findBatchesChangedAfter: [[[{ id: batchId, afterSeq: 0 }]]],
  };
}

function historyCalls({ datasetName }: Known): Calls {
  const queries = [
    [{ task: null, datasetName: null, algorithm: null }, 10],
    [{ task: 'CLASSIFICATION', datasetName, algorithm: 'BASELINE' }, 10],
  ];
  return { listNewestSuccesses: queries, summarizeNewestSuccesses: queries };
}

function deletionCalls({ workspaceId, datasetId, deletionId, sha256 }: Known): Calls {
  const now = new Date();
  const deletion = { id: deletionId, workspaceId };
  const more = { ...deletion, id: datasetId, status: 'DELETING', requestedAt: now, restorableUntil: null, jobId: null };
  return {
    insertDeletion: [[more]],
    findDeletion: [[deletionId]],
    lockDeletion: [[deletionId]],
    beginDeleting: [[deletionId, randomUUID()]],
    dropDeletion: [[deletionId]],
    countTowards: [[deletionId, { filesRemoved: 1 }]],
    finishDeletion: [[deletionId, now]],
    listDueDeletions: [[now, 10]],
    listUnfinishedDeletions: [[now, 10]],
    forgetOldDeletions: [[now]],
    addReleasedFiles: [[deletion, [{ sha256, sizeBytes: 1 }]]],
    listReleasedFiles: [[deletionId, 10]],
    lockReleasedFile: [[deletionId, sha256]],
    recordRelease: [[deletionId, sha256, true]],
    dropReleasedFile: [[deletionId, sha256]],
  };
}

function markedRowCalls({ datasetId }: Known): Calls {
  const now = new Date();
  return {
    lockDataset: [[datasetId]],
    markDataset: [[datasetId, now, null]],
    endRestorability: [[datasetId]],
    markRuns: [
      [datasetId, now, true],
      [datasetId, now, false],
    ],
    unmarkDataset: [[datasetId, now]],
    unmarkRuns: [[datasetId]],
    listMarkedRuns: [[datasetId, 10]],
    removeDataset: [[datasetId]],
  };
}

function checkpointCalls({ workspaceId, runId, saveId }: Known): Calls {
  const attempt = { runId, workspaceId, attempt: 1 };
  const checkpoint = { ...attempt, saveId, progress: 0.5, trainedSeconds: 1, partCount: 1 };
  return {
    findCheckpoint: [[{ id: runId }]],
    hasCheckpoint: [[{ id: runId }]],
    insertCheckpointPart: [[{ ...attempt, saveId: randomUUID(), part: 0, bytes: new Uint8Array(1) }]],
    findCheckpointPart: [[checkpoint, 0]],
    makeCheckpointCurrent: [[checkpoint]],
    deleteOtherParts: [[attempt]],
    deleteCheckpoint: [[runId]],
  };
}

function evaluationCalls({ workspaceId, runId, retryId }: Known): Calls {
  const evaluation = {
    ...{ runId: retryId, workspaceId, evaluation: {}, testRowsSha256: 'a', predictions: new Uint8Array(1) },
    trainedBy: 'a test',
  };
  return {
    saveEvaluation: [[evaluation]],
    findEvaluations: [[[runId]]],
    findTestRows: [[[runId]]],
    findPredictions: [[[runId]]],
    findOutOfFold: [[runId]],
    findTestedRun: [[runId]],
  };
}

function runListCalls({ datasetId, datasetName, runId }: Known): Calls {
  const anything = {
    ...{ statuses: null, datasetId: null, datasetName: null, task: null, algorithm: null, archived: 'INCLUDE' },
  };
  const named = {
    ...{ statuses: ['QUEUED'], datasetId, datasetName, task: 'CLASSIFICATION', algorithm: 'BASELINE' },
    archived: 'ONLY',
  };
  return {
    lockAllActiveRuns: [[]],
    listRuns: [
      [anything, 'NEWEST', PAGE],
      [named, 'NEWEST', { first: 10, after: { ...later(), score: 0.5 } }],
      [anything, 'BEST', PAGE],
      [named, 'BEST', { first: 10, after: { ...later(), score: Number.NEGATIVE_INFINITY } }],
    ],
    countRuns: [[anything], [named]],
    findListedRuns: [[[runId]]],
    lockActiveRuns: [[datasetId]],
    listRunsOfDatasets: [[[{ datasetId, ...PAGE }]], [[{ datasetId, first: 10, after: later() }]]],
    countRunsOfDatasets: [[[datasetId]]],
  };
}

function runCalls({ workspaceId, runId, jobId, key, run }: Known): Calls {
  const copy = {
    ...{ ...run, id: randomUUID(), status: 'QUEUED', stage: 'WAITING', finishedAt: null, endReason: null },
    ...{ metrics: null, baseline: null, idempotencyKey: null, idempotencyFingerprint: null, retryOf: null },
  };
  return {
    lockQueueOf: [[workspaceId]],
    insertRun: [[copy, 1]],
    claimRun: [[runId, jobId, null]],
    changeRun: [[runId, 1, { progress: 0.7 }, ENTRY]],
    changeRunOf: [[{ id: runId, workspaceId }, ['RUNNING'], { progress: 0.7 }, ENTRY]],
    changeRunOfJob: [[runId, jobId, { progress: 0.7 }, ENTRY]],
    contradictLoss: [[{ id: runId, attempt: 1 }]],
    setArchived: [[{ id: runId, workspaceId }, new Date()]],
    setLabels: [
      [
        { id: runId, workspaceId },
        { name: 'first', tags: ['tried'], labelledAt: new Date() },
      ],
    ],
    findRun: [[runId]],
    findPlannedRun: [[runId]],
    findRuns: [[[runId]]],
    countUnfinishedRuns: [[]],
    setJob: [[runId, jobId, randomUUID()]],
    lockRun: [[runId]],
    findRunByKey: [[key]],
    forgetKey: [[runId]],
    findRetryOf: [[runId]],
    findRunClaim: [[runId]],
    markArtifactRemoved: [[runId, new Date()]],
  };
}

function workerCalls(): Calls {
  const id = randomUUID();
  const state = { memoryBytes: 1, eventLoopSeconds: 0, jobId: null, isLeaving: false };
  return {
    insertWorker: [
      [{ id, kind: 'TRAINING', host: 'here', processId: 1, version: '1', startedAt: new Date(), ...state }],
    ],
    beat: [[id, state]],
    holdWorkerLock: [[id]],
    connectionSeconds: [[]],
    listWorkerStates: [['TRAINING', { unlocked: 1, locked: 10 }]],
    deleteWorkers: [[[id]]],
    listWorkers: [['TRAINING', 5]],
  };
}

function hostCalls(): Calls {
  const host = { id: randomUUID(), host: 'here', address: '127.0.0.1', cores: 1, memoryBytes: 1 };
  return {
    beatHost: [[{ ...host, python: null, xgboost: null, missing: 'xgboost' }]],
    deleteHost: [[host.id]],
    deleteSilentHosts: [[600]],
    listLiveHosts: [[]],
    lockHosts: [[]],
  };
}

function rankCalls({ runId }: Known): Calls {
  const gang = { runId, attempt: 1 };
  const rank = { ...gang, rank: 0 };
  return {
    insertRanks: [[[{ ...gang, rank: 1, hostId: randomUUID(), order: {} }]]],
    listRanks: [[gang]],
    listRanksOfHost: [[randomUUID()]],
    findTracker: [[gang]],
    changeRank: [[rank, { state: 'RUNNING' }]],
    findRankCommand: [[rank]],
    stopRanks: [[gang]],
    insertReports: [[rank, 1, []]],
    listReports: [[rank, 0]],
    deleteRanks: [[gang]],
    deleteRank: [[rank]],
    deleteLostRanks: [[]],
  };
}

export type { Calls, Store };
