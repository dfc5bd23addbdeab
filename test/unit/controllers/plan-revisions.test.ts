// Which revision a template has, and which are forgotten.

import { expect } from 'chai';
import {
  newRevision,
  planRevision,
  revisionsToForget,
  templateOf,
} from '../../../hub/controllers/workloads/plan-revisions.ts';
import { type ControllerRevision, type DaemonSet, daemonsets } from '../../../shared/api/index.ts';
import { compactJson, type Live } from '../../../shared/machinery/index.ts';
import { sampleTemplate, secondsAgo } from './sample-sets.ts';

function setOf(version: string): Live<DaemonSet> {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'd',
      namespace: 'default',
      uid: 'uid-d',
      resourceVersion: '1',
      creationTimestamp: secondsAgo(100),
      annotations: { 'kubernetes.io/change-cause': `to ${version}` },
    },
    spec: { selector: { matchLabels: { app: 'd' } }, template: sampleTemplate(version) },
  };
}

function revision(version: string, number: number, collisions = 0): Live<ControllerRevision> {
  const made = newRevision(setOf(version), daemonsets, 'hash', number, collisions);
  const { name = '' } = made.metadata ?? {};
  const times = { uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: secondsAgo(100 - number) };
  return { ...made, metadata: { ...made.metadata, name, ...times } };
}

describe('the revisions of a set', () => {
  const history = [revision('1', 1), revision('2', 2), revision('3', 5)];
  const planFor = (version: string) => planRevision(history, setOf(version).spec?.template);

  it('begin with the first template, and go on from the highest number', () => {
    expect(planRevision([], sampleTemplate('1'))).to.eql({ do: 'create', number: 1 });
    expect(planFor('4')).to.eql({ do: 'create', number: 6 });
  });

  it('have the newest kept while its template stands', () => {
    expect(planFor('3')).to.eql({ do: 'keep', revision: history[2] });
  });

  it('have an old one made the newest when its template comes back', () => {
    expect(planFor('1')).to.eql({ do: 'renumber', revision: history[0], to: 6 });
  });

  it('hold what kubectl puts back, and why it was so', () => {
    const { data, metadata } = revision('7', 1);
    expect(data).to.eql({
      spec: {
        template: {
          $patch: 'replace',
          metadata: { creationTimestamp: null, labels: { app: 'd' } },
          spec: { containers: [{ name: 'c', image: 'busybox:7' }] },
        },
      },
    });
    expect(JSON.stringify(data), 'in the order of Go').to.equal(compactJson(data));
    expect(metadata.annotations).to.eql({ 'kubernetes.io/change-cause': 'to 7' });
    expect(metadata.labels).to.eql({ app: 'd', hash: metadata.name.slice('d-'.length) });
    expect(templateOf(revision('7', 1)).spec).to.eql(sampleTemplate('7').spec);
  });

  it('have another name where theirs is taken', () => {
    expect(revision('1', 1, 1).metadata.name).to.not.equal(revision('1', 1).metadata.name);
  });

  it('are forgotten from the oldest, but none that pods are of', () => {
    const numbers = (limit: number, live: number[], counted = (_: number) => true) =>
      revisionsToForget(
        history,
        limit,
        (each) => live.includes(each.revision),
        (each) => counted(each.revision),
      ).map((each) => each.revision);
    expect(numbers(1, [])).to.eql([1, 2]);
    expect(numbers(1, [1])).to.eql([2, 5]);
    expect(numbers(3, [])).to.eql([]);
    expect(numbers(0, [], (number) => number !== 5)).to.eql([1, 2]);
    expect(numbers(-1, [])).to.eql([]);
  });
});
