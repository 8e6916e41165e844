import type { PartStore } from '../platform/part-store/part-store.ts';
import { answered } from './store-errors.ts';

/** A store of parts whose faults are the API's errors. */
export function answeringPartStore(store: PartStore): PartStore {
  return {
    begin: (upload) => answered(store.begin(upload)),
    sign: (...part) => answered(store.sign(...part)),
    stage: (...part) => answered(store.stage(...part)),
    put: (...part) => answered(store.put(...part)),
    list: (upload) => answered(store.list(upload)),
    seal: (upload) => answered(store.seal(upload)),
    assemble: (...assembly) => answered(store.assemble(...assembly)),
    remove: (upload) => answered(store.remove(upload)),
    uploads: () => store.uploads(),
    close: () => store.close(),
  };
}
