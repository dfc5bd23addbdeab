// The columns of `kubectl get`, against tables of a real API server.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import type { Event, Node, Service } from '../../../shared/api/index.ts';
import type { Column } from '../../../shared/api/resource.ts';
import { resources } from '../../../shared/api/resources.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';

interface Recorded {
  columns: { name: string; type: string; format: string; priority: number }[];
  rows: (string | number)[][];
}

const fixtures = new URL('../../fixtures/api/kinds/', import.meta.url);
const tables: Record<string, Recorded> = JSON.parse(readFileSync(new URL('tables.json', fixtures), 'utf8'));
const now = Date.parse('2024-01-01T01:00:00Z');
const hourAgo = '2024-01-01T00:00:00Z';

/** Columns that came after the version of the recording. */
const newer: Record<string, string[]> = { certificatesigningrequests: ['RequestedDuration'] };
/** Rows that show what controllers had done in the meantime. */
const changedSince = ['sec-sat', 'sa-min', 'sa-rich', 'n-min', 'n1', 'ep-min', 'ev1'];

async function columnsOf(resource: string): Promise<readonly Column[]> {
  const row = resources.find((each) => each.resource === resource);
  if (!row) throw new Error(`no row ${resource}`);
  const { columns } = await row.load();
  return columns.filter(({ name }) => !newer[resource]?.includes(name));
}

/** The objects that the recorded server had answered, by kind and name. */
const answered: KubeObject[] = readdirSync(new URL('defaults/', fixtures)).flatMap((file) => {
  const text = readFileSync(new URL(`defaults/${file}`, fixtures), 'utf8').replace(/\bTIME\b/g, hourAgo);
  return parseAllDocuments(text)
    .slice(-1)
    .map((document): KubeObject => JSON.parse(JSON.stringify(document)));
});

function cells<T extends KubeObject>(columns: readonly Column[], object: T): unknown[] {
  return columns.map((column) => (column.name === 'Age' ? 'AGE' : column.cell(object, now)));
}

describe('the table of', () => {
  for (const [resource, { columns, rows }] of Object.entries(tables)) {
    it(`${resource} has upstream's columns`, async () => {
      const ours = await columnsOf(resource);
      expect(
        ours.map(({ name, type, format, priority }) => ({ name, type, format, priority })),
      ).to.deep.equal(columns);
      expect(ours.filter(({ description }) => description === '')).to.deep.equal([]);
    });

    it(`${resource} shows what upstream shows`, async () => {
      const ours = await columnsOf(resource);
      const kind = resources.find((each) => each.resource === resource)?.kind;
      for (const object of answered.filter((each) => each.kind === kind)) {
        const name = object.metadata?.name ?? '';
        const row = rows.find(([first, ...rest]) => first === name || rest.at(-1) === name);
        if (!row || changedSince.includes(name)) continue;
        expect(cells(ours, object)).to.deep.equal(row);
      }
    });
  }

  it('services shows what a load balancer gave', async () => {
    const service: Service = {
      metadata: { name: 't-lb', creationTimestamp: hourAgo },
      spec: {
        type: 'LoadBalancer',
        clusterIPs: ['10.43.30.154'],
        selector: { c: 'd', a: 'b' },
        ports: [
          { port: 80, nodePort: 31320, protocol: 'TCP' },
          { port: 53, nodePort: 31494, protocol: 'TCP' },
        ],
      },
      status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }, { ip: '192.0.2.9' }] } },
    };
    expect(cells(await columnsOf('services'), service)).to.deep.equal(tables.services?.rows.at(-1));
  });

  it('nodes shows roles, conditions and addresses', async () => {
    const node: Node = {
      metadata: {
        name: 'n2',
        labels: {
          'node-role.kubernetes.io/control-plane': '',
          'node-role.kubernetes.io/master': '',
          'kubernetes.io/role': 'old',
        },
      },
      status: { conditions: [{ type: 'Ready', status: 'Unknown' }] },
    };
    expect(cells(await columnsOf('nodes'), node)).to.deep.equal(
      tables.nodes?.rows.find(([name]) => name === 'n2'),
    );
  });

  it('nodes shows where a node is reached, and what it is', async () => {
    const recorded = answered.find(({ kind, metadata }) => kind === 'Node' && metadata?.name === 'n1');
    if (!recorded) throw new Error('the fixture has no node n1');
    const node: Node = JSON.parse(JSON.stringify(recorded));
    node.status?.addresses?.push({ type: 'ExternalIP', address: '192.0.2.7' });
    expect(cells(await columnsOf('nodes'), node)).to.deep.equal(
      tables.nodes?.rows.find(([name]) => name === 'n1'),
    );
  });

  it('events tells times apart: the first, the last, and those of a series', async () => {
    const columns = await columnsOf('events');
    const base = { involvedObject: { kind: 'Pod', name: 'p' }, metadata: { name: 'e' } };
    const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
    const seen = (event: Event) => {
      const [last, , , object] = cells(columns, event);
      return { last, object, first: cells(columns, event).at(-3), count: cells(columns, event).at(-2) };
    };
    const old: Event = { ...base, count: 3, firstTimestamp: minutesAgo(30), lastTimestamp: minutesAgo(5) };
    expect(seen(old)).to.deep.equal({ last: '5m', object: 'pod/p', first: '30m', count: 3 });
    const single: Event = { ...base, eventTime: minutesAgo(7) };
    expect(seen(single)).to.include({ last: '7m', first: '7m', count: 1 });
    const series: Event = { ...single, series: { count: 9, lastObservedTime: minutesAgo(2) } };
    expect(seen(series)).to.include({ last: '2m', first: '7m', count: 9 });
    expect(seen(base)).to.include({ last: '<unknown>', first: '<unknown>' });
  });
});
