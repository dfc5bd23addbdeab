// The network at podman whose addresses are of this node's range: made when the range is known, and kept in podman's own
// configuration. Where podman cannot have it, pods are on podman's default network, and the log says why.

import { createHash } from 'node:crypto';
import type { Logger } from '../../../shared/base/index.ts';
import { isRecord, parseSubnet } from '../../../shared/machinery/index.ts';
import { gatewayOf, type PodRangeSource } from '../network/index.ts';
import { field } from './answers.ts';
import { type PodmanApi, PodmanError } from './podman-api.ts';

interface Options {
  api: Pick<PodmanApi, 'call'>;
  /** The runtime's directory: several agents of a board do not meet. */
  agent: string;
  source: PodRangeSource;
  log: Logger;
}

export class PodmanNetwork {
  private readonly options: Options;
  private readonly ownName: string;
  private making: Promise<string | undefined> | undefined;

  constructor(options: Options) {
    this.options = options;
    this.ownName = `kelp-${createHash('sha256').update(options.agent).digest('hex').slice(0, 8)}`;
  }

  /** Where new pods belong; undefined: podman's default network. */
  async name(): Promise<string | undefined> {
    const { source } = this.options;
    const range = source.known ?? (await source.wait());
    // Boards share it, and each has its own part of it with podman's own networks out of the way.
    if (!range || range.shared) return undefined;
    this.making ??= this.make(range.cidr);
    return this.making;
  }

  private async make(cidr: string): Promise<string | undefined> {
    const { api, agent, log } = this.options;
    const subnet = parseSubnet(cidr);
    if (!subnet) return undefined;
    const { ownName: name } = this;
    try {
      if (await this.has(cidr)) return name;
      const body = {
        ...{ name, driver: 'bridge', network_interface: name, labels: { 'io.kelp.agent': agent } },
        subnets: [{ subnet: cidr, gateway: gatewayOf(subnet) }],
        ...{ dns_enabled: false, ipv6_enabled: false, internal: false },
      };
      await api.call({ method: 'POST', path: '/libpod/networks/create', body });
      return name;
    } catch (error) {
      if (!(error instanceof PodmanError)) throw error;
      log.warn({ podCIDR: cidr, reason: error.message }, "pods are on podman's default network");
      return undefined;
    }
  }

  /** True where it is there with these addresses; one with others, of an earlier range, is removed. */
  private async has(cidr: string): Promise<boolean> {
    const { api } = this.options;
    const path = `/libpod/networks/${this.ownName}`;
    const found = await api.call({ method: 'GET', path: `${path}/json` }).catch((error) => {
      if (error instanceof PodmanError && error.status === 404) return undefined;
      throw error;
    });
    if (!isRecord(found)) return false;
    const subnets = field(found, 'subnets');
    if (Array.isArray(subnets) && subnets.some((one) => field(one, 'subnet') === cidr)) return true;
    await api.call({ method: 'DELETE', path });
    return false;
  }
}
