// All types that there are: the built-in ones, and those of custom resources, which come and go.

import type { BuiltInSchemas } from '../../../shared/api/index.ts';
import type { ObjectType, SchemaSet } from '../../../shared/machinery/index.ts';

export class RunTimeSchemas implements SchemaSet {
  private readonly builtIn: BuiltInSchemas;
  private readonly custom = new Map<string, ReadonlyMap<string, ObjectType>>();

  constructor(builtIn: BuiltInSchemas) {
    this.builtIn = builtIn;
  }

  /** Throws for a name that there is not. */
  typeNamed(name: string): ObjectType {
    if (this.custom.size > 0)
      for (const types of this.custom.values()) {
        const type = types.get(name);
        if (type) return type;
      }
    return this.builtIn.typeNamed(name);
  }

  /** Adds the types of a custom resource, or replaces them. `owner` names its definition. */
  set(owner: string, types: ReadonlyMap<string, ObjectType>): void {
    this.custom.set(owner, types);
  }

  delete(owner: string): void {
    this.custom.delete(owner);
  }
}
