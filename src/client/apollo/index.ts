export { trainyardCacheConfig } from './cache.ts';
export { type TrainyardLinkContext, trainyardLink } from './link.ts';
export { POSSIBLE_TYPES } from './possible-types.ts';
