// READY, STATUS and RESTARTS of every state that pods were seen in while a real cluster ran them.

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { ContainerStatus, PodSpec, PodStatus } from 'kubernetes-types/core/v1';
import { podColumns } from '../../../shared/api/core/pod-columns.ts';
import { podRowConditions } from '../../../shared/api/core/pod-row-conditions.ts';
import { summarizePod } from '../../../shared/api/core/pod-summary.ts';
import { type Pod, pullMessage } from '../../../shared/api/index.ts';

interface Line {
  from: string;
  line: string;
  spec: PodSpec;
  deleting: boolean;
  status: PodStatus;
}

const fixtures = new URL('../../fixtures/api/pod/', import.meta.url);
const lines: Line[] = JSON.parse(readFileSync(new URL('lines.json', fixtures), 'utf8'));
const now = Date.parse('2026-01-01T01:00:00Z');

function cells(pod: Pod): Record<string, unknown> {
  return Object.fromEntries(podColumns.map((column) => [column.name, column.cell(pod, now)]));
}

function podOf({ spec, status, deleting }: Line): Pod {
  return { metadata: deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}, spec, status };
}

/** v1.21 said Terminating of a pod that had already ended; v1.32 says how it ended. */
function hasEnded({ deleting, status }: Line): boolean {
  return deleting && (status.phase === 'Succeeded' || status.phase === 'Failed');
}

describe('the columns of a pod', () => {
  for (const [position, each] of lines.entries()) {
    it(`${position}: ${each.line} (${each.from})`, () => {
      const [, ready, status, restarts] = /^(\S+) (.*) (\S+)$/s.exec(each.line) ?? [];
      const shown = cells(podOf(each));
      expect(shown.Ready).to.equal(ready);
      expect(`${shown.Restarts}`.split(' ')[0]).to.equal(restarts);
      if (hasEnded(each)) expect(shown.Status).not.to.equal('Terminating');
      else expect(shown.Status).to.equal(status);
    });
  }

  it('are named and described as upstream names and describes them', () => {
    const table: { columns: { name: string; description: string; priority: number; format: string }[] } =
      JSON.parse(readFileSync(new URL('table.json', fixtures), 'utf8'));
    expect(podColumns.map(({ name, priority, format }) => ({ name, priority, format }))).to.deep.equal(
      table.columns.map(({ name, priority, format }) => ({ name, priority, format })),
    );
    for (const [position, column] of table.columns.entries()) {
      // Links have moved since, and restarts say when.
      const [sentence = ''] = column.description.split(' More info:');
      const begin = column.name === 'Restarts' ? sentence.slice(0, -1) : sentence;
      expect(podColumns[position]?.description).to.satisfy((text: string) => text.startsWith(begin));
    }
  });

  it('say how long ago the newest restart was', () => {
    const restarted = (finishedAt: string): ContainerStatus => ({
      name: 'c',
      image: 'i',
      imageID: '',
      ready: true,
      restartCount: 2,
      state: { running: {} },
      lastState: { terminated: { exitCode: 1, finishedAt } },
    });
    const pod: Pod = {
      spec: { containers: [{ name: 'a' }, { name: 'b' }] },
      status: {
        phase: 'Running',
        containerStatuses: [restarted('2026-01-01T00:30:00Z'), restarted('2026-01-01T00:59:55Z')],
      },
    };
    expect(cells(pod).Restarts).to.equal('4 (5s ago)');
  });

  it('count sidecars, and show the pod as running while one runs beside the containers', () => {
    const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
    const pod: Pod = {
      spec: {
        initContainers: [{ name: 'once' }, { name: 'sidecar', restartPolicy: 'Always' }],
        containers: [{ name: 'c' }],
      },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Initialized', status: 'True' }],
        initContainerStatuses: [
          status('once', { terminated: { exitCode: 0, reason: 'Completed' } }, { restartCount: 1 }),
          status('sidecar', running, { ready: true, started: true, restartCount: 3 }),
        ],
        containerStatuses: [status('c', running, { ready: true })],
      },
    };
    // Restarts of init containers that are through are no longer counted, a sidecar's are.
    expect(summarizePod(pod)).to.deep.equal({ ready: 2, total: 2, status: 'Running', restarts: 3 });
  });

  it('say that a sidecar has not started yet', () => {
    const pod: Pod = {
      spec: { initContainers: [{ name: 's', restartPolicy: 'Always' }], containers: [{ name: 'c' }] },
      status: { phase: 'Pending', initContainerStatuses: [status('s', { waiting: {} }, {})] },
    };
    expect(summarizePod(pod)).to.include({ ready: 0, total: 2, status: 'Init:0/1' });
  });

  it('say that a gated pod waits, and that a pod on a lost node is unknown once it is deleted', () => {
    const gated: Pod = {
      spec: { containers: [{ name: 'c' }] },
      status: {
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
      },
    };
    const lost: Pod = {
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: { containers: [{ name: 'c' }] },
      status: { phase: 'Running', reason: 'NodeLost' },
    };
    expect(summarizePod(gated).status).to.equal('SchedulingGated');
    expect(summarizePod(lost).status).to.equal('Unknown');
  });

  it('show where the pod is, and its readiness gates, with -o wide', () => {
    const pod: Pod = {
      metadata: { name: 'p', creationTimestamp: '2026-01-01T00:55:00Z' },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'c' }],
        readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }],
      },
      status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'a/b', status: 'True' }] },
    };
    expect(Object.values(cells(pod))).to.deep.equal([
      'p',
      '0/1',
      '',
      '0',
      '5m',
      '10.0.0.1',
      'n1',
      '<none>',
      '1/2',
    ]);
    expect(cells({ spec: { containers: [] } })).to.include({
      Age: '<unknown>',
      IP: '<none>',
      Node: '<none>',
    });
  });

  it('come with the end of a pod, and with how far a pull is', () => {
    const completed = { type: 'Completed', status: 'True' };
    const of = (pod: Pod) => podRowConditions(pod);
    expect(of({ status: { phase: 'Succeeded' } })).to.deep.equal([
      { ...completed, reason: 'Succeeded', message: 'The pod has completed successfully.' },
    ]);
    expect(of({ status: { phase: 'Failed' } })).to.deep.equal([
      { ...completed, reason: 'Failed', message: 'The pod failed.' },
    ]);
    const waiting = (message: string) =>
      of({
        status: {
          containerStatuses: [status('c', { waiting: { reason: 'ContainerCreating', message } }, {})],
        },
      });
    expect(waiting(pullMessage('busybox:1', '43 % of 120.0 MB'))).to.deep.equal([
      { type: 'Progressing', status: 'True', reason: 'Pulling', message: '43 % of 120.0 MB' },
    ]);
    expect(waiting('Back-off pulling image "busybox:1": ErrImagePull: gone')).to.deep.equal([]);
  });
});

function status(
  name: string,
  state: ContainerStatus['state'],
  more: Partial<ContainerStatus>,
): ContainerStatus {
  return { name, image: 'i', imageID: '', ready: false, restartCount: 0, ...(state && { state }), ...more };
}
