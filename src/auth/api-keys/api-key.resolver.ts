import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../api/graphql/context.ts';
import { Cost } from '../../api/graphql/field-cost.ts';
import { userOf } from '../viewer.ts';
import { CreateApiKeyInput } from './api-key.input.ts';
import { toApiKey } from './api-key.mapper.ts';
import { ApiKeyType, NewApiKeyType, RevokedApiKeyType } from './api-key.type.ts';
import type { ApiKeys } from './api-keys.service.ts';

@Resolver()
export class ApiKeyResolver {
  readonly #keys: ApiKeys;

  constructor(keys: ApiKeys) {
    this.#keys = keys;
  }

  @Cost({ items: 20 })
  @Query(() => [ApiKeyType], {
    nullable: true,
    description: 'The keys of the workspace that are not revoked, newest first.',
  })
  async apiKeys(@Ctx() { caller }: Context): Promise<ApiKeyType[]> {
    return (await this.#keys.list(caller.viewer)).map(toApiKey);
  }

  @Mutation(() => NewApiKeyType, {
    nullable: true,
    description:
      'Makes a key for programs. It ends with the membership of its maker, and when their password is reset.',
  })
  async createApiKey(
    @Arg('input', () => CreateApiKeyInput) { name, role, expiresAt }: CreateApiKeyInput,
    @Ctx() { caller }: Context,
  ): Promise<NewApiKeyType> {
    const input = { name, role, expiresAt: expiresAt ?? null };
    const { key, row } = await this.#keys.create(userOf(caller.viewer), input);
    return { key, apiKey: toApiKey(row) };
  }

  @Mutation(() => RevokedApiKeyType, { nullable: true, description: 'Ends a key at once: its WebSockets are closed.' })
  async revokeApiKey(@Arg('id', () => ID) id: string, @Ctx() { caller }: Context): Promise<RevokedApiKeyType> {
    await this.#keys.revoke(caller.viewer, id);
    return { id };
  }
}
