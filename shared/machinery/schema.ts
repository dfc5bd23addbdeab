// The structure of the API's types, as data. Generated at build time (scripts/generate-schema.js) for built-in
// Kinds, made at run time for custom ones. Patches, decoding, OpenAPI and explain all read this one form.

/** `pointer`: a scalar that Go has as a pointer, which tells zero (`''`, 0, false) from nothing. */
export type FieldType =
  | {
      type: 'string';
      format?: 'date-time' | 'date-time-micro' | 'byte' | 'int-or-string' | 'quantity';
      pointer?: true;
    }
  | { type: 'boolean'; pointer?: true }
  | { type: 'integer'; format: 'int32' | 'int64'; pointer?: true }
  | { type: 'number'; pointer?: true }
  /** A map with string keys. */
  | { type: 'map'; values: FieldType; mapType?: 'atomic' }
  | {
      type: 'array';
      items: FieldType;
      /** How strategic merge treats the list: `merge` by `mergeKey` (or as a set, for scalars); default: replace. */
      patchStrategy?: 'merge';
      mergeKey?: string;
      /** Server-side apply's view of the list. */
      listType?: 'atomic' | 'set' | 'map';
      listMapKeys?: string[];
      /** Keys that items may leave out, with the value that stands for it. */
      keyDefaults?: Readonly<Record<string, unknown>>;
      /** An empty list is not the same as none: only none has the default. */
      tellsEmpty?: true;
    }
  /** Another type of the schema set, by its name, e.g. `io.k8s.api.core.v1.PodSpec`. */
  | { type: 'ref'; name: string; retainKeys?: boolean; mapType?: 'atomic' | 'granular' }
  /** Free-form JSON (e.g. RawExtension, managedFields' fieldsV1). */
  | { type: 'any'; mapType?: 'atomic' };

export interface ObjectType {
  /** In the order of the Go struct where it is known, else alphabetical. */
  properties: Record<string, FieldType>;
  required: readonly string[];
  /**
   * Fields that are written although nothing is in them, with what stands there then, as Go has it. A struct is `{}`, and
   * has fields of its own type.
   */
  zero?: Readonly<Record<string, '' | '0' | 0 | false | null | Readonly<Record<string, never>>>>;
  /** Server-side apply takes an object of this type as a whole. */
  mapType?: 'atomic';
  /** The type of fields that are not named: there may be any (a custom resource that preserves unknown fields). */
  others?: FieldType;
}

/** Looks a type up by name; throws for a name that is not in the set. */
export interface SchemaSet {
  typeNamed(name: string): ObjectType;
}
