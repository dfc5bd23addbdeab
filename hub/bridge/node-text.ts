// What a node is sent of an object: no more than it has a use for, as it costs its link and its flash. Pure.

import type { Service } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Key } from '../store/index.ts';

interface NodePart {
  metadata: { resourceVersion: string };
}

/** JSON. */
export function textForNode(key: Key, object: Live): string {
  return JSON.stringify(partForNode(key, object));
}

/** Who manages which fields is no business of a board: it would double what a pod costs. */
export function partForNode(key: Key, object: Live): NodePart {
  if (isService(key, object)) return addressesOf(object);
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** What pods are told of a Service. */
function addressesOf({ apiVersion, kind, metadata, spec }: Live<Service>): NodePart {
  const { name, namespace, uid, resourceVersion } = metadata;
  const ports = spec?.ports?.map(({ name: portName, port, protocol }) => ({
    name: portName,
    port,
    protocol,
  }));
  const clusterIP = spec?.clusterIP;
  const part = {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, resourceVersion },
    spec: { clusterIP, ports },
  };
  return part;
}

function isService(key: Key, object: Live): object is Live<Service> {
  return key.startsWith('/core/services/') && object !== undefined;
}
