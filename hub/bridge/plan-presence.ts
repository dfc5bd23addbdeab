// What the condition `Connected` of a node must become, from what its agent said here and what the API shows. Pure.
//
// Where several hubs serve the cluster, the node's annotation `kelp.dev/hub` names the one that its agent is connected to.
// Only that one says that it is gone; the others say so only when that hub itself is gone. An agent that comes to another
// hub is claimed by it; the older one, which may not know yet, lets go.

import { connectedHubAnnotation, type Node } from '../../shared/api/index.ts';
import type { Presence, PresenceState } from '../../shared/bus/index.ts';
import { findCondition, type Live } from '../../shared/machinery/index.ts';

export interface Connected {
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

export const connectedType = 'Connected';

const conditions: Record<PresenceState, Connected> = {
  ready: { status: 'True', reason: 'AgentConnected', message: 'the agent is connected' },
  sleeping: { status: 'False', reason: 'AgentSleeping', message: 'the agent said that it sleeps' },
  stopped: { status: 'False', reason: 'AgentStopped', message: 'the agent was stopped' },
  lost: { status: 'False', reason: 'ConnectionLost', message: 'the connection to the agent broke' },
};
const notHeard: Connected = {
  status: 'Unknown',
  reason: 'NotHeardSinceHubStart',
  message: 'the agent has not connected since the hub started',
};
const hubLost: Connected = {
  status: 'Unknown',
  reason: 'HubLost',
  message: 'the hub that the agent was connected to is gone',
};

export interface PresenceFacts {
  /** The agent's last word at this hub. */
  presence: Presence | undefined;
  /** Whether the API has shown since that the agent is connected here. */
  claimed: boolean;
  shown: Live<Node>;
  /** Absent: this hub is alone. */
  hubs: Hubs | undefined;
}

export interface Hubs {
  /** This one. */
  id: string;
  isAlive(id: string): boolean;
}

export type PresencePlan =
  | { do: 'nothing' }
  /** Another hub has the agent: this connection is a dead one. */
  | { do: 'letGo' }
  | { do: 'write'; condition: Connected; hub?: string };

/** The hub that the API shows the agent at; undefined: none is named. */
export function hubOf({ metadata }: Live<Node>): string | undefined {
  return metadata.annotations?.[connectedHubAnnotation];
}

export function planPresence({ presence, claimed, shown, hubs }: PresenceFacts): PresencePlan {
  const condition = findCondition(shown.status?.conditions, connectedType);
  const hub = hubOf(shown);
  const elsewhere = hubs !== undefined && hub !== undefined && hub !== hubs.id;
  const write = (wanted: Connected): PresencePlan => {
    if (condition?.status === wanted.status && condition.reason === wanted.reason && !elsewhere)
      return { do: 'nothing' };
    return { do: 'write', condition: wanted, ...(hubs && { hub: hubs.id }) };
  };
  if (presence?.state === 'ready') {
    return elsewhere && claimed && condition?.status === 'True' ? { do: 'letGo' } : write(conditions.ready);
  }
  if (elsewhere) {
    if (condition?.status !== 'True' || hubs.isAlive(hub)) return { do: 'nothing' };
    return { do: 'write', condition: hubLost };
  }
  if (presence) return write(conditions[presence.state]);
  return condition ? write(notHeard) : { do: 'nothing' };
}
