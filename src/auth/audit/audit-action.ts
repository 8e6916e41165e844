/** Everything that is recorded, with its meaning. docs/security.md lists the same, and a test compares the two. */
export const AUDIT_ACTIONS = {
  'account.created': 'Somebody signed up, with this workspace as their own; the subject is the address.',
  'session.started': 'A member signed in to the workspace.',
  'session.refused': 'A sign-in for the account of a member failed; at most one entry a minute for each.',
  'password.changed': 'A member changed their password; their other sessions ended.',
  'password.reset': 'A member set a new password by a mailed link; all their sessions ended.',
  'workspace.created': 'The workspace was made.',
  'member.invited': 'An address was invited; the subject is the address.',
  'invitation.revoked': 'An invitation was revoked; the subject is its address.',
  'member.joined': 'An invitation was accepted; the subject is the membership.',
  'member.changed': 'A member got another role.',
  'member.removed': 'A member was removed, or left.',
  'key.created': 'An API key was made; the subject is the key.',
  'key.revoked': 'An API key was revoked.',
  'dataset.uploaded': 'A file was stored; the subject is the dataset.',
  'dataset.deleted': 'A dataset was deleted, by a member or because it expired.',
  'dataset.restored': 'A deleted dataset was restored.',
  'training.started': 'A training was queued; the subject is the run.',
  'training.cancelled': 'A training was cancelled.',
  'training.stopped': 'A training was told to end with its best model.',
  'training.deleted': 'A run was deleted.',
  'model.deleted': 'A model was deleted; the subject is the artifact.',
  'model.named': 'An alias was made, or moved to another model; the subject is the artifact.',
  'model.unnamed': 'An alias was removed.',
} as const;

export type AuditAction = keyof typeof AUDIT_ACTIONS;
