// JSON Patch (RFC 6902) as the API server applies it: the operations' bounds, and answers for operations that do not
// apply. Like upstream's library it takes negative indices, and `replace` of an absent key of an object adds it.

import { deepEqual } from './deep-equal.ts';
import { ApiError } from './errors.ts';
import { isRecord, type JsonObject, ownField } from './json-object.ts';
import { mutableCopy } from './mutable-copy.ts';
import { refuseReservedKeys, reservedKey } from './patch-guard.ts';
import { roughSize } from './rough-size.ts';

/** No patch may have more operations. */
export const maxJsonPatchOperations = 10_000;
/** What all `copy` operations of a patch may add together, as JSON: as upstream. */
const maxCopiedBytes = 3 * 1024 * 1024;

/** Its message is for logs: a client learns only that the patch was refused, as upstream. */
class PatchError extends Error {}

type Container = JsonObject | unknown[];

interface Place {
  container: Container;
  key: string;
}

interface Operation {
  op: string;
  path: string;
  from: string | undefined;
  value: unknown;
}

/**
 * The patched copy; the original is not changed. Throws ApiError: BadRequest for what is no patch,
 * RequestEntityTooLarge for too many operations, Invalid for an operation that does not apply.
 */
export function applyJsonPatch(original: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    const kind = isRecord(patch) ? 'object' : typeof patch;
    const message = `json: cannot unmarshal ${kind} into Go value of type jsonpatch.Patch`;
    throw new ApiError('BadRequest', message);
  }
  if (patch.length > maxJsonPatchOperations) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${maxJsonPatchOperations}, got ${patch.length}`;
    throw new ApiError('RequestEntityTooLarge', message);
  }
  refuseReservedKeys(patch);
  try {
    return new Document(mutableCopy(original)).applyAll(patch.map(operationOf));
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const message = 'the server rejected our request due to an error in our request';
    throw new ApiError('Invalid', message, {}, { cause: error });
  }
}

function operationOf(entry: unknown): Operation {
  if (!isRecord(entry)) throw new PatchError('an operation must be an object');
  const { op, path, from, value } = entry;
  if (typeof op !== 'string' || typeof path !== 'string') throw new PatchError('op and path must be strings');
  if (from !== undefined && typeof from !== 'string') throw new PatchError('from must be a string');
  return { op, path, from, value };
}

/** A mutable document that operations work on. */
class Document {
  private root: unknown;
  private copied = 0;

  constructor(root: unknown) {
    this.root = root;
  }

  applyAll(operations: readonly Operation[]): unknown {
    for (const operation of operations) this.apply(operation);
    return this.root;
  }

  private apply(operation: Operation): void {
    switch (operation.op) {
      case 'add':
        add(this.place(operation.path), given(operation));
        break;
      case 'remove':
        remove(this.place(operation.path));
        break;
      case 'replace':
        this.replace(operation);
        break;
      case 'move':
        this.move(operation);
        break;
      case 'copy':
        this.copy(operation);
        break;
      case 'test':
        this.test(operation);
        break;
      default:
        throw new PatchError(`Unexpected kind: ${operation.op}`);
    }
  }

  private replace(operation: Operation): void {
    const value = given(operation);
    if (operation.path === '') {
      if (!isRecord(value) && !Array.isArray(value)) throw new PatchError('value must be object or array');
      this.root = value;
      return;
    }
    const { container, key } = this.place(operation.path);
    if (Array.isArray(container)) container[indexIn(container, key)] = value;
    else container[key] = value;
  }

  private move({ path, from }: Operation): void {
    if (from === undefined) throw new PatchError('from is missing');
    if (path === from) return;
    if (path.startsWith(`${from}/`)) throw new PatchError('cannot move a value into itself');
    const source = this.place(from);
    const value = get(source);
    remove(source);
    add(this.place(path), value);
  }

  private copy({ path, from }: Operation): void {
    if (from === undefined) throw new PatchError('from is missing');
    const value = from === '' ? this.root : get(this.place(from));
    this.copied += roughSize(value, maxCopiedBytes - this.copied);
    if (this.copied > maxCopiedBytes) throw new PatchError('the copies add too much');
    add(this.place(path), mutableCopy(value ?? null));
  }

  private test(operation: Operation): void {
    const value = operation.path === '' ? this.root : get(this.place(operation.path));
    if (!deepEqual(value ?? null, operation.value ?? null)) {
      throw new PatchError(`testing value ${operation.path} failed`);
    }
  }

  /** The container that a pointer's last part names a key of. */
  private place(pointer: string): Place {
    const parts = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const [first, ...keys] = parts;
    const last = keys.pop();
    if (first !== '' || last === undefined) throw new PatchError(`doc is missing path: "${pointer}"`);
    if (parts.includes('__proto__')) throw reservedKey();
    let container = this.root;
    for (const key of keys) {
      container = isContainer(container) ? get({ container, key }) : undefined;
    }
    if (!isContainer(container)) throw new PatchError(`doc is missing path: "${pointer}"`);
    return { container, key: last };
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** The operation's value, apart from the patch: later operations may change it. An absent one is null, as upstream. */
function given({ value }: Operation): unknown {
  return mutableCopy(value ?? null);
}

/** The value at a place; undefined for an absent key of an object. */
function get({ container, key }: Place): unknown {
  return Array.isArray(container) ? container[indexIn(container, key)] : ownField(container, key);
}

function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) container[key] = value;
  else if (key === '-') container.push(value);
  else container.splice(indexWithin(container.length + 1, key), 0, value);
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexIn(container, key), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new PatchError(`Unable to remove nonexistent key: ${key}`);
}

function indexIn(list: readonly unknown[], key: string): number {
  return indexWithin(list.length, key);
}

/** Negative indices count from the end. */
function indexWithin(length: number, key: string): number {
  if (!/^[-+]?[0-9]+$/.test(key)) throw new PatchError(`value was not a proper array index: '${key}'`);
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index >= length) throw new PatchError(`Unable to access invalid index: ${key}`);
  return index;
}
