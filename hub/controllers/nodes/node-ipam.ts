// Gives each node the range of addresses that its pods have (spec.podCIDR), out of the cluster's. A range is never given
// twice, stays with its node for as long as there is one, and is free with its end.

import { nodes } from '../../../shared/api/index.ts';
import { type Controller, keyOf, mapped, type Outcome } from '../../../shared/client/index.ts';
import { ApiError, formatSubnet, type Subnet } from '../../../shared/machinery/index.ts';
import type { ControllerContext } from '../context.ts';
import { planNodeRange } from './plan-node-range.ts';

export function nodeIpamController({
  client,
  informers,
  options,
  ...context
}: ControllerContext): Controller {
  const recorder = context.recorder.from('cidrAllocator');
  const informer = informers.of(nodes);
  const range = options.clusterRange;
  let last: Subnet | undefined;

  return {
    name: 'node-ipam',
    // One at a time: who is next must know what the one before was given.
    workers: 1,
    sources: [
      mapped(informer, ({ type, object }) => {
        if (!range) return [];
        if (type !== 'DELETED') return object.spec?.podCIDR ? [] : [keyOf(object)];
        return object.spec?.podCIDR
          ? informer
              .list()
              .filter(({ spec }) => !spec?.podCIDR)
              .map(keyOf)
          : [];
      }),
    ],
    reconcile,
  };

  async function reconcile(name: string): Promise<Outcome> {
    const node = informer.get(name);
    if (!node || !range || node.spec?.podCIDR) return;
    const subnet = planNodeRange(range, informer.list(), last);
    if (!subnet) {
      const reason = 'CIDRNotAvailable';
      recorder.event(node, 'Normal', reason, `Node ${name} status is now: ${reason}`);
      return;
    }
    const podCIDR = formatSubnet(subnet);
    const { uid, resourceVersion } = node.metadata;
    const patch = { metadata: { uid, resourceVersion }, spec: { podCIDR, podCIDRs: [podCIDR] } };
    try {
      informer.learn(await client.patch(nodes, { name }, 'application/merge-patch+json', patch));
    } catch (error) {
      if (ApiError.is(error, 'NotFound')) return;
      throw error; // A conflict: the node has changed, perhaps it has a range by now. The queue comes back.
    }
    last = subnet;
  }
}
