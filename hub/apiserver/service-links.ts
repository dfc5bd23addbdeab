// Which Services a node is told of, so that its pods find them in their environment (enableServiceLinks): those of the
// namespaces that such pods of it are in. Services without an address are in nobody's environment, and the API's own is in
// everybody's, as each board reaches it.

import type { Pod, Service } from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';
import type { Key } from '../store/index.ts';

/** Pods of a namespace on a node. */
interface Link {
  node: string;
  namespace: string;
}

const servicePrefix = '/core/services/';
const podPrefix = '/core/pods/';
const ofApi = `${servicePrefix}default/kubernetes`;

export class ServiceLinks {
  /** Namespace → keys of its Services. */
  private readonly services = new Map<string, Set<Key>>();
  /** Pod → where it is. */
  private readonly pods = new Map<Key, string>();
  /** By their names: how many pods there are of each. */
  private readonly links = new Map<string, Link & { pods: number }>();

  /** Answers the names of the links whose Services are others now. */
  note(key: Key, object: Live | undefined): string[] {
    if (isPod(key, object)) return this.notePod(key, object);
    return isService(key, object) ? this.noteService(key, object) : [];
  }

  /** Undefined: no pod asks any more. */
  assignment(link: string): { node: string; named: readonly Key[] } | undefined {
    const found = this.links.get(link);
    return found && { node: found.node, named: [...(this.services.get(found.namespace) ?? [])] };
  }

  private notePod(key: Key, pod: Live<Pod> | undefined): string[] {
    const { nodeName, enableServiceLinks = true } = pod?.spec ?? {};
    const namespace = pod?.metadata.namespace ?? '';
    const after = nodeName && enableServiceLinks ? `${nodeName} ${namespace}` : undefined;
    const before = this.pods.get(key);
    if (before === after) return [];
    if (after === undefined) this.pods.delete(key);
    else this.pods.set(key, after);
    const changed = before !== undefined && this.count(before, -1) === 0 ? [before] : [];
    if (after === undefined || !nodeName) return changed;
    if (!this.links.has(after)) this.links.set(after, { node: nodeName, namespace, pods: 0 });
    return this.count(after, 1) === 1 ? [...changed, after] : changed;
  }

  private count(name: string, by: 1 | -1): number {
    const link = this.links.get(name);
    if (!link) return 0;
    link.pods += by;
    if (link.pods === 0) this.links.delete(name);
    return link.pods;
  }

  private noteService(key: Key, service: Live<Service> | undefined): string[] {
    const [namespace = ''] = key.slice(servicePrefix.length).split('/');
    const known = this.services.get(namespace) ?? new Set<Key>();
    const isIn = service !== undefined && key !== ofApi && hasAddress(service);
    if (known.has(key) === isIn) return [];
    if (isIn) this.services.set(namespace, known.add(key));
    else if (known.delete(key) && known.size === 0) this.services.delete(namespace);
    return [...this.links].flatMap(([name, link]) => (link.namespace === namespace ? [name] : []));
  }
}

function hasAddress({ spec }: Service): boolean {
  return spec?.type !== 'ExternalName' && Boolean(spec?.clusterIP) && spec?.clusterIP !== 'None';
}

/** What lies below the prefix of a Kind is of that Kind; undefined: it is gone. */
function isPod(key: Key, object: Live | undefined): object is Live<Pod> | undefined {
  return key.startsWith(podPrefix) && object?.kind !== 'Service';
}

function isService(key: Key, object: Live | undefined): object is Live<Service> | undefined {
  return key.startsWith(servicePrefix) && object?.kind !== 'Pod';
}
