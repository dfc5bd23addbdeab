// How the node itself is written to the API: created where it is absent, then only what has changed. Times alone are no
// change: liveness is the lease's business.

import { type Node, nodes } from '../../shared/api/index.ts';
import { deferred } from '../../shared/base/index.ts';
import type { Client } from '../../shared/client/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';

const strategic = 'application/strategic-merge-patch+json';

export class NodeReport {
  private readonly client: Client;
  private readonly first = deferred();
  private known = false;
  private sentMetadata = '';
  private sentStatus = '';

  constructor({ client }: { client: Client }) {
    this.client = client;
  }

  /** Resolves when the hub has the node, as this agent first saw it. */
  get registered(): Promise<void> {
    return this.first.promise;
  }

  get isRegistered(): boolean {
    return this.known;
  }

  /** The next report is sent whole. */
  forget(): void {
    this.sentMetadata = '';
    this.sentStatus = '';
  }

  async send(node: Node): Promise<void> {
    const { name = '', labels, annotations } = node.metadata ?? {};
    const metadata = JSON.stringify({ labels, annotations });
    const status = JSON.stringify(node.status ?? {}, withoutTimes);
    if (metadata === this.sentMetadata && status === this.sentStatus) return;
    try {
      await this.bringUpToDate(node, { name, metadata, status });
    } catch (error) {
      if (!ApiError.is(error, 'NotFound')) throw error;
      await this.create(node);
      this.forget();
      await this.bringUpToDate(node, { name, metadata, status });
    }
    this.known = true;
    this.first.resolve();
  }

  private async bringUpToDate(
    node: Node,
    { name, metadata, status }: { name: string; metadata: string; status: string },
  ): Promise<void> {
    if (metadata !== this.sentMetadata) {
      const patch: object = { metadata: JSON.parse(metadata) };
      await this.client.patch(nodes, { name }, 'application/merge-patch+json', patch);
      this.sentMetadata = metadata;
    }
    if (status !== this.sentStatus) {
      // Strategic: conditions are merged by type, and the hub's own (`Connected`) stay.
      await this.client.patch(
        nodes,
        { name },
        strategic,
        { status: node.status ?? {} },
        { subresource: 'status' },
      );
      this.sentStatus = status;
    }
  }

  private async create(node: Node): Promise<void> {
    const { name, labels, annotations } = node.metadata ?? {};
    const metadata = { name, ...(labels && { labels }), ...(annotations && { annotations }) };
    const created: Node = { apiVersion: 'v1', kind: 'Node', metadata, ...(node.spec && { spec: node.spec }) };
    try {
      await this.client.create(nodes, created);
    } catch (error) {
      if (!ApiError.is(error, 'AlreadyExists')) throw error;
    }
  }
}

function withoutTimes(key: string, value: unknown): unknown {
  return key === 'lastHeartbeatTime' || key === 'lastTransitionTime' ? undefined : value;
}
