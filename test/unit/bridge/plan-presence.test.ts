// What `Connected` becomes: alone as ever, and with several hubs by who has the agent.

import { expect } from 'chai';
import { planPresence } from '../../../hub/bridge/plan-presence.ts';
import type { Node } from '../../../shared/api/index.ts';
import type { PresenceState } from '../../../shared/bus/index.ts';
import type { Live } from '../../../shared/machinery/index.ts';

const said = (state: PresenceState) => ({ state, boot: 'b1', since: '' });
const now = '2026-01-01T00:00:00Z';

function node(status?: string, reason = '', hub?: string): Live<Node> {
  return {
    metadata: {
      ...{ name: 'pi-1', uid: 'u', resourceVersion: '7', creationTimestamp: now },
      ...(hub && { annotations: { 'kelp.dev/hub': hub } }),
    },
    ...(status && { status: { conditions: [{ type: 'Connected', status, reason }] } }),
  };
}

const hubs = (...alive: string[]) => ({ id: 'me', isAlive: (id: string) => alive.includes(id) });
const words = ({ status, reason }: { status: string; reason: string }) => `${status} ${reason}`;

function plan(
  presence: PresenceState | undefined,
  shown: Live<Node>,
  several?: ReturnType<typeof hubs>,
  claimed = false,
): string {
  const planned = planPresence({
    ...{ presence: presence && said(presence), claimed, shown, hubs: several },
  });
  return planned.do === 'write'
    ? `${words(planned.condition)}${planned.hub ? ` @${planned.hub}` : ''}`
    : planned.do;
}

describe('the condition Connected', () => {
  it('of a hub that is alone says what the agent said last, or that it was not heard', () => {
    expect(plan('ready', node())).to.equal('True AgentConnected');
    expect(plan('ready', node('True', 'AgentConnected'))).to.equal('nothing');
    expect(plan('lost', node('True', 'AgentConnected'))).to.equal('False ConnectionLost');
    expect(plan('stopped', node('False', 'ConnectionLost'))).to.equal('False AgentStopped');
    expect(plan(undefined, node('True', 'AgentConnected'))).to.equal('Unknown NotHeardSinceHubStart');
    expect(plan(undefined, node())).to.equal('nothing');
  });

  it('names the hub that has the agent, where there are several', () => {
    expect(plan('ready', node(), hubs())).to.equal('True AgentConnected @me');
    expect(plan('ready', node('False', 'ConnectionLost', 'other'), hubs('other'))).to.equal(
      'True AgentConnected @me',
    );
    expect(plan('ready', node('True', 'AgentConnected', 'other'), hubs('other'))).to.equal(
      'True AgentConnected @me',
    );
    expect(plan('ready', node('True', 'AgentConnected', 'me'), hubs())).to.equal('nothing');
  });

  it('is not for a hub to deny whose connection is the older one: it lets go', () => {
    const elsewhere = node('True', 'AgentConnected', 'other');
    expect(plan('ready', elsewhere, hubs('other'), true)).to.equal('letGo');
    expect(plan('lost', elsewhere, hubs('other'), true)).to.equal('nothing');
    expect(plan(undefined, elsewhere, hubs('other'))).to.equal('nothing');
  });

  it('is unknown when the hub that had the agent is gone, and nobody else has heard it', () => {
    const elsewhere = node('True', 'AgentConnected', 'other');
    expect(plan(undefined, elsewhere, hubs())).to.equal('Unknown HubLost');
    expect(plan('lost', elsewhere, hubs())).to.equal('Unknown HubLost');
    expect(plan(undefined, node('Unknown', 'HubLost', 'other'), hubs())).to.equal('nothing');
    expect(plan(undefined, node('False', 'AgentStopped', 'other'), hubs())).to.equal('nothing');
  });

  it('is this hub’s to doubt after its own restart', () => {
    expect(plan(undefined, node('True', 'AgentConnected', 'me'), hubs())).to.equal(
      'Unknown NotHeardSinceHubStart @me',
    );
  });
});
