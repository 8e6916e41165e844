/** The role under which the server works: it owns nothing, so row-level security always holds for it. */
export const APP_ROLE = 'trainyard_app';
