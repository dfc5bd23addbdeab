// `kelp create configmap` and `secret generic`: keys of literals, files and env files.

import { UserError } from '../../../shared/base/index.ts';
import { configMapKey, inKeyOrder, type JsonObject } from '../../../shared/machinery/index.ts';
import { type Plan, typeOf } from './create-one.ts';
import { type DataFlags, type Entry, readEntries } from './read-entries.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Bytes that are no UTF-8 go to `binaryData`. */
export function planConfigMap(flags: DataFlags, env: Environment): Plan {
  return {
    type: typeOf('', 'ConfigMap', 'configmaps'),
    failure: 'failed to create configmap:',
    object: (metadata) => {
      const data = new Map<string, string>();
      const binaryData = new Map<string, string>();
      for (const { key, bytes } of readEntries(flags, env)) {
        refuseKey(key, 'is not a valid key name for a ConfigMap:');
        const owner = data.has(key) ? 'Data' : binaryData.has(key) ? 'BinaryData' : undefined;
        if (owner)
          throw new UserError(
            `cannot add key ${JSON.stringify(key)}, another key by that name already exists in ${owner} for ConfigMap ${JSON.stringify(metadata.name)}`,
          );
        const text = bytes.toString('utf8');
        if (Buffer.from(text).equals(bytes)) data.set(key, text);
        else binaryData.set(key, bytes.toString('base64'));
      }
      return {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { ...metadata },
        ...(data.size > 0 && { data: sorted(data) }),
        ...(binaryData.size > 0 && { binaryData: sorted(binaryData) }),
      };
    },
  };
}

export function planSecret(flags: DataFlags & { type: string }, env: Environment): Plan {
  return {
    type: typeOf('', 'Secret', 'secrets'),
    failure: 'failed to create secret',
    object: (metadata) => {
      const data = new Map<string, string>();
      for (const { key, bytes } of readEntries(flags, env)) {
        refuseKey(key, 'is not valid key name for a Secret');
        if (data.has(key))
          throw new UserError(`cannot add key ${key}, another key by that name already exists`);
        data.set(key, bytes.toString('base64'));
      }
      return {
        kind: 'Secret',
        apiVersion: 'v1',
        metadata: { ...metadata },
        ...(data.size > 0 && { data: sorted(data) }),
        ...(flags.type && { type: flags.type }),
      };
    },
  };
}

function refuseKey(key: Entry['key'], why: string): void {
  const faults = configMapKey(key);
  if (faults.length > 0) throw new UserError(`${JSON.stringify(key)} ${why} ${faults.join(',')}`);
}

function sorted(entries: ReadonlyMap<string, string>): JsonObject {
  return inKeyOrder(entries);
}
