import { toArtifact } from '../artifact.mapper.ts';
import type { AliasedModel } from './model-alias.service.ts';
import type { ModelAliasType } from './model-alias.type.ts';

export function toModelAlias({ alias, artifact }: AliasedModel): ModelAliasType {
  return { name: alias.name, artifact: artifact && toArtifact(artifact), updatedAt: alias.updatedAt };
}
