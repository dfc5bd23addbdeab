// One text beside the objects that all hubs of a store have in common: what must be the same on all of them, and is needed
// before any object can be read.

export interface SharedCell {
  /** Undefined: nothing was written yet. */
  read(): Promise<string | undefined>;
  /** Answers false, and writes nothing, when what is there is not `before` any more (undefined: nothing). */
  replace(before: string | undefined, text: string): Promise<boolean>;
  /** Of the objects that are there now, as `Store.epoch`; undefined: there are none. */
  epoch(): Promise<string | undefined>;
  /** For messages: where it is. */
  readonly place: string;
}
