// What an admission plugin is: it may change an object on its way in, and refuse it.

import type { KubeObject, Live } from '../../../shared/machinery/index.ts';
import type { Key } from '../../store/index.ts';
import type { ApiRequest } from '../request.ts';

export type AdmissionRequest = Pick<
  ApiRequest,
  'user' | 'verb' | 'resource' | 'namespace' | 'name' | 'subresource'
> &
  Partial<Pick<ApiRequest, 'query' | 'body' | 'ofCollection' | 'warn' | 'audit' | 'timeLeft'>>;

// biome-ignore lint/suspicious/noConfusingVoidType: most plugins have nothing to say
export type Admitted = void | 'changed';

/** `object` is absent for a delete, `old` for a create. Both functions throw ApiError to refuse. */
export interface AdmissionPlugin {
  readonly name: string;
  /**
   * Under which prefix of the store it counts what is there for this request: one write at a time goes on then, and its
   * commit is refused when another hub was faster. Undefined: it counts nothing.
   */
  counts?(request: AdmissionRequest): Promise<Key | undefined>;
  /**
   * May change the object in place; it is decoded, but its defaults are not filled in. `changed`: in a way that no other
   * plugin could foresee, so that all are asked once more.
   */
  admit?(request: AdmissionRequest, object: KubeObject | undefined, old?: Live): Admitted | Promise<Admitted>;
  /** What is asked once more in place of `admit`; absent: `admit`. */
  readmit?(request: AdmissionRequest, object: KubeObject | undefined, old?: Live): void | Promise<void>;
  /** Looks at the object as it will be stored. */
  validate?(request: AdmissionRequest, object: KubeObject | undefined, old?: Live): void | Promise<void>;
  /** Before a stream to the object is opened (upstream's CONNECT): exec, attach, portforward, proxy. */
  connect?(request: AdmissionRequest, object: Live): void | Promise<void>;
}
