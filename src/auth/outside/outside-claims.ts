import type { JWTPayload } from 'jose';
import type { ClaimPath, OutsideIssuer } from '../../config.ts';
import { TrainyardError } from '../../errors.ts';
import { cleanName, composedEmail, invisibleIn } from '../../platform/user-text.ts';
import type { Role } from '../workspaces/workspace.table.ts';

/** OpenID Connect allows no longer subject. */
const MAX_SUBJECT_LENGTH = 255;
const MAX_WORKSPACE_LENGTH = 200;
const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 320;

/** Highest first. */
const BY_POWER: readonly Role[] = ['OWNER', 'EDITOR', 'READER'];

/** Whom a token of an outside issuer is for, as that says it. */
export interface OutsideIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** A program that acts for itself, not for a person. */
  readonly isMachine: boolean;
  /** What the issuer calls the workspace. */
  readonly workspace: string;
  readonly workspaceName: string;
  readonly role: Role;
  readonly name: string | null;
  /** For people to read; it identifies nobody. */
  readonly email: string | null;
}

/** What the claims of a verified token mean by the settings of its issuer. Throws FORBIDDEN where they admit nobody. */
export function identityOf(issuer: OutsideIssuer, payload: JWTPayload): OutsideIdentity {
  const { claims } = issuer;
  const subject = textOf(payload, claims.subject);
  if (subject === null || !isIdentifier(subject, MAX_SUBJECT_LENGTH)) throw refused('names no subject');
  const isMachine = isOfMachine(issuer, payload, subject);
  const workspace = issuer.workspace ?? textOf(payload, claims.workspace);
  if (workspace === null || !isIdentifier(workspace, MAX_WORKSPACE_LENGTH)) throw refused('names no workspace');
  if (issuer.workspaces !== null && !issuer.workspaces.includes(workspace)) {
    throw refused('names a workspace that its issuer may not speak for');
  }
  const role = roleOf(issuer, payload, isMachine);
  if (role === null) throw refused('gives no role here');
  return {
    ...{ issuer: issuer.issuer, subject, isMachine, workspace, role },
    workspaceName: nameOf(payload, claims.workspaceName) ?? (cleanName(workspace, MAX_NAME_LENGTH) || subject),
    // A program seldom has one, and is to be told from others in lists.
    name: nameOf(payload, claims.name) ?? (isMachine ? cleanName(subject, MAX_NAME_LENGTH) : null),
    email: emailOf(issuer, payload),
  };
}

/** Programs need a role of their own: nearly every client of an issuer can have a token for nearly every audience. */
function roleOf({ claims, roles, defaultRole }: OutsideIssuer, payload: JWTPayload, isMachine: boolean): Role | null {
  const given = valueAt(payload, claims.role);
  const values = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string');
  const mapped = values.map((value) => (Object.hasOwn(roles, value) ? roles[value] : undefined));
  return BY_POWER.find((role) => mapped.includes(role)) ?? (isMachine ? null : defaultRole);
}

function isOfMachine({ machines }: OutsideIssuer, payload: JWTPayload, subject: string): boolean {
  if (machines !== null) {
    const given = valueAt(payload, machines.claim);
    if (machines.value === null) return given !== undefined && given !== null;
    return Array.isArray(given) ? given.includes(machines.value) : given === machines.value;
  }
  // Auth0; Entra; the subject is the client (RFC 9068, section 2.2).
  if (payload['gty'] === 'client-credentials' || payload['idtyp'] === 'app') return true;
  return subject === payload['client_id'] || subject === payload['azp'];
}

function emailOf({ claims }: OutsideIssuer, payload: JWTPayload): string | null {
  const given = valueAt(payload, claims.email);
  const isVerified = claims.emailVerified === null || valueAt(payload, claims.emailVerified) === true;
  if (typeof given !== 'string' || !isVerified) return null;
  const email = composedEmail(given);
  const isAddress = /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= MAX_EMAIL_LENGTH;
  return isAddress && invisibleIn(email, { isScript: false }) === null ? email : null;
}

function nameOf(payload: JWTPayload, path: ClaimPath | null): string | null {
  const given = path === null ? null : valueAt(payload, path);
  return typeof given === 'string' ? cleanName(given, MAX_NAME_LENGTH) || null : null;
}

/** An identifier: a text, a whole number, or a list with one of them. Of several, none is meant more than the others. */
function textOf(payload: JWTPayload, path: ClaimPath): string | null {
  const given = valueAt(payload, path);
  const value: unknown = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}

/** Compared to the letter: what looks like nothing must not make a difference. */
function isIdentifier(text: string, maxLength: number): boolean {
  return text.trim() !== '' && text.length <= maxLength && invisibleIn(text, { isScript: false }) === null;
}

function valueAt(payload: JWTPayload, path: ClaimPath): unknown {
  let value: unknown = payload;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function refused(what: string): TrainyardError {
  return new TrainyardError('FORBIDDEN', `The access token of the outside issuer ${what}.`, {
    hint: 'Ask the operator of the server: OIDC_ISSUERS says which claims are read.',
  });
}
