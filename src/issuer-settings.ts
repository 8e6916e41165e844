import * as z from 'zod/mini';
import { isSecureUrl } from './platform/secure-url.ts';
import type { Schema } from './setting.ts';

/** Algorithms with a public and a private key: a shared secret would let whoever can verify tokens also sign them. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

/** Those that nearly all issuers sign with. */
const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** Access tokens by RFC 9068, and those of issuers from before it. */
const DEFAULT_TYPES = ['at+jwt', 'JWT'] as const;

/** A day: what an issuer takes away must not live on for longer in a token of before. */
const DEFAULT_TOKEN_SECONDS = 86_400;
const MAX_TOKEN_SECONDS = 604_800;

const MAX_ISSUERS = 100;
const MAX_LENGTH = 1_000;

const ROLE_NAMES = ['OWNER', 'EDITOR', 'READER'] as const;

/** Where a token says something: a claim, or a path of names where the claim is an object. */
export type ClaimPath = readonly string[];

/** An issuer of access tokens outside of this server, whose users and programs it admits. */
export interface OutsideIssuer {
  /** `iss` of its tokens, to the letter. */
  readonly issuer: string;
  /** What its tokens must be for; one of these. */
  readonly audience: readonly string[];
  /** Where its public keys are. Null: what its discovery document says. */
  readonly jwksUri: string | null;
  readonly algorithms: readonly string[];
  /** `typ` of its tokens, in lower case and without `application/`. */
  readonly types: readonly string[];
  readonly claims: {
    readonly subject: ClaimPath;
    readonly email: ClaimPath;
    /** Null: the issuer verifies every address. */
    readonly emailVerified: ClaimPath | null;
    readonly name: ClaimPath;
    readonly workspace: ClaimPath;
    readonly workspaceName: ClaimPath | null;
    readonly role: ClaimPath;
  };
  /** The workspace of all its tokens, instead of that of the claim. */
  readonly workspace: string | null;
  /** The workspaces that it may speak for. Null: any. */
  readonly workspaces: readonly string[] | null;
  /** What the values of the claim mean. */
  readonly roles: Readonly<Record<string, (typeof ROLE_NAMES)[number]>>;
  /** The role of people for whom the claim says nothing that `roles` has. Null: they are refused. */
  readonly defaultRole: (typeof ROLE_NAMES)[number] | null;
  /**
   * By which claim a token is known to be a program's: by its value, or by its being there at all. Null: by what RFC 9068, Auth0 and
   * Entra do.
   */
  readonly machines: { readonly claim: ClaimPath; readonly value: string | null } | null;
  /** Tokens that are valid for longer are refused. */
  readonly maxTokenSeconds: number;
}

const text = z
  .string('must be a text')
  .check(z.minLength(1, 'must not be empty'), z.maxLength(MAX_LENGTH, `must have at most ${MAX_LENGTH} characters`));
const texts = z.array(text, 'must be a list of texts').check(z.minLength(1, 'must not be empty'));
const roleName = z.enum(ROLE_NAMES, `must be one of ${ROLE_NAMES.join(', ')}`);
const secureUrl = text.check(
  z.refine(isSecureUrl, 'must be an https address, or http on this machine, without query or fragment'),
);

/** One text, or a list of them. */
const textOrTexts = z.pipe(
  z.union([text, texts], 'must be a text or a list of texts'),
  z.transform((value): readonly string[] => (typeof value === 'string' ? [value] : value)),
);

const ISSUER = z.strictObject(
  {
    issuer: secureUrl,
    audience: textOrTexts,
    jwksUri: z._default(z.nullable(secureUrl), null),
    algorithms: z._default(
      z.array(z.enum(ALGORITHMS, `must be one of ${ALGORITHMS.join(', ')}`)).check(z.minLength(1, 'must not be empty')),
      [...DEFAULT_ALGORITHMS],
    ),
    types: z.pipe(
      z._default(texts, [...DEFAULT_TYPES]),
      z.transform((values) => values.map(tokenType)),
    ),
    claims: z.prefault(
      z.strictObject(
        {
          subject: z.prefault(textOrTexts, 'sub'),
          email: z.prefault(textOrTexts, 'email'),
          emailVerified: z.prefault(z.nullable(textOrTexts), 'email_verified'),
          name: z.prefault(textOrTexts, 'name'),
          workspace: z.prefault(textOrTexts, 'workspace'),
          workspaceName: z.prefault(z.nullable(textOrTexts), null),
          role: z.prefault(textOrTexts, 'role'),
        },
        { error: objectError },
      ),
      {},
    ),
    workspace: z._default(z.nullable(text), null),
    workspaces: z._default(z.nullable(texts), null),
    roles: z._default(z.record(text, roleName, 'must map values of the claim to roles'), {}),
    defaultRole: z._default(z.nullable(roleName), null),
    machines: z._default(
      z.nullable(
        z.strictObject({ claim: textOrTexts, value: z._default(z.nullable(text), null) }, { error: objectError }),
      ),
      null,
    ),
    maxTokenSeconds: z._default(
      z
        .int('must be a whole number')
        .check(
          z.minimum(60, 'must be 60 at least'),
          z.maximum(MAX_TOKEN_SECONDS, `must be ${MAX_TOKEN_SECONDS} at most`),
        ),
      DEFAULT_TOKEN_SECONDS,
    ),
  },
  { error: objectError },
);

const ISSUERS = z.array(ISSUER, 'must be a list').check(
  z.maxLength(MAX_ISSUERS, `must have at most ${MAX_ISSUERS} issuers`),
  z.refine(
    (issuers) => new Set(issuers.map(({ issuer }) => issuer)).size === issuers.length,
    'must have each issuer once',
  ),
);

/** Issuers in JSON. */
export const outsideIssuers: Schema<readonly OutsideIssuer[]> = z.pipe(
  z.string(),
  z.transform((json, context): readonly OutsideIssuer[] => {
    const { data, error } = z.safeParse(ISSUERS, parsedJson(json));
    const issue = error?.issues[0];
    if (issue === undefined && data !== undefined) return data;
    const message = `must be a JSON list of issuers${issue === undefined ? '' : locationOf(issue)}`;
    context.issues.push({ code: 'custom', message, input: json });
    return z.NEVER;
  }),
);

/** Where the mistake is. Empty for a text that is no list at all, of which nothing more can be said. */
function locationOf({ code, path, message }: z.core.$ZodIssue): string {
  return code === 'invalid_type' && path.length === 0 ? '' : `: ${path.join('.')} ${message}`;
}

/** `typ` as it is compared: RFC 7515 leaves `application/` out, and does not distinguish cases. */
export function tokenType(type: string): string {
  return type.toLowerCase().replace(/^application\//, '');
}

/** Undefined, which no schema takes, for a text that is no JSON. */
function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function objectError({ code, keys }: { readonly code?: string; readonly keys?: readonly string[] }): string {
  return code === 'unrecognized_keys' ? `has the unknown ${keys?.join(', ')}` : 'must be an object';
}
