// What a row of the resource table is. `resources.ts` holds the rows.
// A row's names are cheap and everyone loads them; its strategy (defaulting, validation, columns) is loaded by the hub only.

import type { FieldError, JsonObject, KubeObject, Live, SchemaSet } from '../machinery/index.ts';
import type { Decoded } from './decode.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

export type Subresource =
  | 'status'
  | 'scale'
  | 'binding'
  | 'eviction'
  | 'log'
  | 'exec'
  | 'attach'
  | 'portforward'
  | 'proxy'
  | 'ephemeralcontainers'
  | 'resize'
  | 'finalize'
  | 'approval'
  | 'token';

/** Enough to address a resource on the wire. */
export interface ResourceNames {
  /** `''` for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The lower-case plural in paths and topics, e.g. `deployments`. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** One row of the table. The type parameter is the object's type: `client.get(pods, …)` answers a Pod. */
export interface Resource<T extends KubeObject = KubeObject> extends ResourceNames {
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** e.g. `all`: what `kubectl get all` lists. */
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  /** All of them unless the row says otherwise. */
  readonly verbs: readonly Verb[];
  /** `memory`: never written to disk, gone after a restart of the hub (leases, events). */
  readonly retention: 'durable' | 'memory';
  /** How objects of this resource reach a node: pods by `spec.nodeName`, others because a pod names them. */
  readonly delivery: 'assigned' | 'referenced' | 'none';
  /**
   * The row as whose objects these are stored, where that is of another group; the strategy's `toStore` and `fromStore`
   * turn them. Versions of one group share their place without it.
   */
  readonly storedAs?: ResourceNames;
  /** Default: the Kind with `List` behind it. */
  readonly listKind?: string;
  /** Made at run time from a CustomResourceDefinition: objects are free-form JSON, and know no strategic merge. */
  readonly custom?: true;
  /** Of a custom resource: its definition is being deleted, and nothing new comes into it. */
  readonly terminating?: true;
  /** The version that objects are stored in, where it is not this row's own. */
  readonly storage?: string;
  /** Said in the Warning header of every answer: the version is deprecated. */
  readonly deprecation?: string;
  /** True where nothing is stored: the hub answers from what it knows (hub/apiserver/registry/virtual/). */
  readonly virtual?: boolean;
  /** Loads what the hub needs to know of this Kind. An agent calls it in a short-lived worker only. */
  readonly load: () => Promise<Strategy<T>>;
  /** Never set: carries the object's type to the typed client. */
  readonly phantom?: T;
}

/** How objects of one Kind are read and written. Every function is pure, and may be absent where there is nothing to do. */
export interface Strategy<T extends KubeObject = KubeObject> {
  /** The Kind's name in the schema set, e.g. `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
  /** Reads what was sent, where the schema set does not say how. Throws ApiError. */
  decode?(sent: JsonObject, schemas: SchemaSet): Decoded;
  /**
   * What the store has, as this row shows it: in its version, with new defaults. Answers the object itself where nothing
   * differs; frozen. Throws ApiError where it cannot be converted.
   */
  fromStore?(stored: Live): Live<T> | Promise<Live<T>>;
  /** What the store shall have of an object of this row: the other direction. */
  toStore?(object: T): KubeObject | Promise<KubeObject>;
  /** Fills in absent fields of a decoded object, in place, as upstream's `SetDefaults_…` do. */
  default?(object: T): void;
  /** Drops or sets what a creator may not decide (e.g. status), in place. Runs before validation. */
  prepareForCreate?(object: T): void;
  /** Rewrites what is said in an old way and in a new one, in place, just before; answers what the creator is warned of. */
  settleForCreate?(object: T): string[];
  /** The same for an update of the main resource: `next` arrives as sent, with the old status already put back. */
  prepareForUpdate?(next: T, old: Live<T>): void;
  /**
   * The same for an update of `status`: `next` arrives as the old object with the sent status (and metadata) put in. `now`
   * is RFC 3339.
   */
  prepareForStatusUpdate?(next: T, old: Live<T>, now: string): void;
  /** Everything that is wrong with the object (metadata is checked by the registry). Empty: valid. */
  validate?(object: T): FieldError[];
  /** What is wrong with a new object only; `validate` is run as well. */
  validateCreate?(object: T): FieldError[];
  /**
   * Present where objects are often made alike (pods of one owner): all that `validate`, `validateCreate` and `warnings` look at, so that
   * new objects of which it is the same are looked at once.
   */
  judgedBy?(object: T): unknown;
  /** What is wrong with the change; `validate(next)` is run as well, by the registry. */
  validateUpdate?(next: T, old: Live<T>): FieldError[];
  validateStatusUpdate?(next: T, old: Live<T>): FieldError[];
  /** True where upstream tells what is wrong with a change before what is wrong with the object. */
  readonly changeFirst?: boolean;
  /** What it takes time to find (other code is loaded for it); said together with what `validate` finds. */
  validateLater?(object: T, old: Live<T> | undefined, schemas: SchemaSet): Promise<FieldError[]>;
  /** The object without those times that only say that somebody is still there: a change of nothing else is not worth a disk. */
  withoutRenewals?(object: T): T;
  /**
   * What becomes of dependents where a deletion does not say (upstream's DefaultGarbageCollectionPolicy). `Orphan`: they
   * stay; `Unsupported`: there never are any, whatever a deletion says. Absent: they are deleted.
   */
  readonly garbagePolicy?: 'Orphan' | 'Unsupported';
  /** Notes that the object is about to be marked for deletion, in place. `now` is RFC 3339. */
  beforeDeletion?(next: T, now: string): void;
  /** Which rule `metadata.name` follows; default `dns1123-subdomain`. */
  readonly nameRule?: 'dns1123-subdomain' | 'dns1123-label' | 'dns1035-label' | 'path-segment';
  /** True where finalizers need no domain: definitions, and what they define. */
  readonly plainFinalizers?: boolean;
  /** True where an update of an absent object creates it (upstream's AllowCreateOnUpdate). */
  readonly createOnUpdate?: boolean;
  /** True where an update must say which revision it changes (upstream's AllowUnconditionalUpdate is false). */
  readonly needsRevision?: boolean;
  /**
   * True where `metadata.generation` counts changes outside metadata and status; `annotations-too`, `labels-too`: those of
   * annotations or labels as well; `constant`: it is 1 and stays so.
   */
  readonly generation?: boolean | 'annotations-too' | 'labels-too' | 'constant';
  /** True where an update of the status leaves the metadata as they are. */
  readonly statusKeepsMeta?: boolean;
  /**
   * Sentences for the Warning header (deprecated fields …). Not asked for an update that the generation does not count; `old`
   * is absent for a create.
   */
  warnings?(object: T, old?: Live<T>): string[];
  /** Field selectors beyond metadata.name and metadata.namespace: label → value. */
  readonly fields?: Record<string, (object: T) => string>;
  /** What is said of a field label that there is not; default: `field label not supported: LABEL`. */
  unknownField?(label: string): string;
  /** Columns of the Table form after none at all: `Name` is the first column here too. `Age` is last where upstream has it. */
  readonly columns: readonly Column<T>[];
  /** In which order the Table form of a list has its rows; default: that of the list. */
  rowOrder?(a: T, b: T): number;
  /** What a row of the Table form says beside its cells; none: nothing. */
  rowConditions?(object: T): RowCondition[];
  /** The schema as OpenAPI shows it, where the schema set does not say all of it. */
  openApi?(version: 2 | 3): JsonObject;
  /** Present iff the row has the `scale` subresource. */
  readonly scale?: ScaleMapping<T>;
}

export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date' | 'number';
  /** As OpenAPI has it, or `name`. */
  readonly format?: string;
  readonly description: string;
  /** 0: always shown; 1: only with `-o wide`. */
  readonly priority: number;
  /** The cell as upstream's printer gives it. `now` is milliseconds since the epoch. */
  cell(object: T, now: number): string | number | boolean | null;
}

/** `Completed`, as upstream; `Progressing`: its message is shown with the row's status by `kelp get`. */
export interface RowCondition {
  readonly type: 'Completed' | 'Progressing';
  readonly status: 'True';
  readonly reason: string;
  readonly message: string;
}

export interface ScaleMapping<T extends KubeObject = KubeObject> {
  /** Throws ApiError where there is no such field. */
  replicas(object: T): number;
  setReplicas(object: T, replicas: number): void;
  statusReplicas(object: T): number;
  /** The label selector in its string form. */
  selector(object: T): string;
}
