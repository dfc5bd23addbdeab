// What the kubelet sees of the hub: the desired state as last saved on this board, and a place to put reports.
// Both work the same with and without a connection.

import type {
  ConfigMap,
  Event,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Secret,
  Service,
} from '../../shared/api/index.ts';
import type { Live } from '../../shared/machinery/index.ts';

/** The durable copy of what the hub wants of this node. Objects are frozen. */
export interface DesiredState {
  pods(): Live<Pod>[];
  pod(uid: string): Live<Pod> | undefined;
  configMap(namespace: string, name: string): Live<ConfigMap> | undefined;
  secret(namespace: string, name: string): Live<Secret> | undefined;
  claim(namespace: string, name: string): Live<PersistentVolumeClaim> | undefined;
  volume(name: string): Live<PersistentVolume> | undefined;
  /** What pods of the namespace are told of. */
  services(namespace: string): Live<Service>[];
  /** Those of this node's pods, and those whose folders it is to remove. */
  volumes(): Live<PersistentVolume>[];
  /** Calls after a change is saved. `uid` is the changed object's. Also fires for pods that are gone. */
  onChange(
    listener: (change: {
      resource: string;
      namespace: string;
      name: string;
      uid: string;
      gone: boolean;
    }) => void,
  ): void;
}

/** The outbox: latest state per object, sent when there is a connection, again after a change of epoch. Never throws. */
export interface Reporter {
  /** The pod's whole status. Coalesced: only the newest is sent. */
  podStatus(pod: Live<Pod>, status: NonNullable<Pod['status']>): void;
  /** All containers of a deleted pod are down: the hub may remove the object. Survives a restart of the agent only by being said again. */
  podTerminated(pod: Live<Pod>): void;
  /** The mirror of a static pod shall be there, owned by this node. One that is there already stays as it is. */
  mirror(pod: Pod): void;
  /** The node's labels that the board itself sets, and its status. Coalesced. */
  node(node: Node): void;
  /** The folder of a volume that is to be removed is gone: the hub may forget the volume. */
  volumeRemoved(volume: Live<PersistentVolume>): void;
  /** Kept in a bounded ring while offline. */
  event(event: Event): void;
}

/** What cannot wait in the outbox: it is answered now, or fails. */
export interface TokenRequests {
  /** A token of the pod's account, good as long as the pod is there. Throws ApiError, also where there is no connection. */
  token(
    pod: Live<Pod>,
    wanted: { audience?: string; expirationSeconds?: number },
  ): Promise<{ token: string; lifetime: number }>;
}
