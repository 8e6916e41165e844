import { Field, InputType } from 'type-graphql';
import { registerEnum } from '../../api/graphql/enums.ts';

const TOKEN_TRANSPORTS = ['COOKIE', 'BODY'] as const;
export type TokenTransport = (typeof TOKEN_TRANSPORTS)[number];

export const TokenTransportEnum = registerEnum(
  TOKEN_TRANSPORTS,
  'TokenTransport',
  'How a client receives its tokens.',
  {
    COOKIE:
      'In cookies that scripts cannot read; the access token also in the response. Not over a WebSocket, nor over plain http from another machine.',
    BODY: 'In the response alone: for clients that are not browsers, and for pages of another site.',
  },
);

/** What fields that open a session say of the argument. */
export const TRANSPORT_DESCRIPTION = 'How the client receives the refresh token.';

@InputType()
export class SignUpInput {
  @Field(() => String)
  email!: string;

  @Field(() => String, { description: 'At least 8 characters.' })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Also the name of the new workspace. Default: the e-mail address.',
  })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Of an invitation: the user joins its workspace, instead of getting one of their own.',
  })
  invitationToken?: string | null;

  @Field(() => TokenTransportEnum, { nullable: true, defaultValue: 'COOKIE', description: TRANSPORT_DESCRIPTION })
  tokenTransport?: TokenTransport | null;
}

@InputType()
export class SignInInput {
  @Field(() => String)
  email!: string;

  @Field(() => String)
  password!: string;

  @Field(() => TokenTransportEnum, { nullable: true, defaultValue: 'COOKIE', description: TRANSPORT_DESCRIPTION })
  tokenTransport?: TokenTransport | null;
}
