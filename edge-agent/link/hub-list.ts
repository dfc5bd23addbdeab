// Where the hubs of this cluster are: the one that the board joined through, and those that a hub has told of, kept in
// `hubs.json`. When one is out of reach, the next is tried, round and round.

import { join } from 'node:path';
import { readIfThere, writeFileDurably } from '../../shared/base/index.ts';
import { type BrokerAddress, isBrokerAddresses } from '../../shared/bus/index.ts';

export interface HubListOptions {
  /** Always among them. */
  joined: BrokerAddress;
  directory: string;
}

/** A cluster has a handful of hubs. */
const most = 32;

export class HubList {
  private readonly options: HubListOptions;
  private told: BrokerAddress[] = [];
  private now: BrokerAddress;

  constructor(options: HubListOptions) {
    this.options = options;
    this.now = options.joined;
  }

  /** What the next connection goes to. */
  get current(): BrokerAddress {
    return this.now;
  }

  get all(): readonly BrokerAddress[] {
    const { joined } = this.options;
    return [joined, ...this.told.filter((hub) => !isSame(hub, joined))];
  }

  /** Reads what was told before; a file that cannot be read counts for nothing: the hub tells it again. */
  async open(): Promise<void> {
    const text = await readIfThere(this.path);
    if (text !== undefined) this.told = parse(text).slice(0, most);
  }

  /** The one that was current is out of reach. */
  tryNext(): void {
    const { all } = this;
    const at = all.findIndex((hub) => isSame(hub, this.now));
    this.now = all[(at + 1) % all.length] ?? this.options.joined;
  }

  /** Writes only what is new. */
  async tell(hubs: readonly BrokerAddress[]): Promise<void> {
    const told = hubs.slice(0, most).map(({ host, port }) => ({ host, port }));
    if (JSON.stringify(told) === JSON.stringify(this.told)) return;
    this.told = told;
    await writeFileDurably(this.path, `${JSON.stringify(told)}\n`);
  }

  private get path(): string {
    return join(this.options.directory, 'hubs.json');
  }
}

function isSame(one: BrokerAddress, other: BrokerAddress): boolean {
  return one.host === other.host && one.port === other.port;
}

function parse(text: string): BrokerAddress[] {
  try {
    const value: unknown = JSON.parse(text);
    return isBrokerAddresses(value) ? value : [];
  } catch {
    return []; // torn: as if nobody had told
  }
}
