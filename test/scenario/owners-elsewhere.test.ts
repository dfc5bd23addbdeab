// Owners that are not where a reference can mean them: in another namespace, or in one at all. Who names them so is wrong,
// and nobody else is harmed by it.

import { expect } from 'chai';
import { type ConfigMap, configmaps, type PriorityClass, priorityclasses } from '../../shared/api/index.ts';
import { onStage, type Stage } from '../support/stage.ts';

async function owned(stage: Stage) {
  for (const name of ['here', 'there']) await stage.namespace(name);
  const { metadata } = await stage.create(configmaps, configMap('owner', 'here'));
  const { name, uid } = metadata;
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid };
}

function configMap(name: string, namespace: string, metadata: ConfigMap['metadata'] = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata } };
}

const said = async (stage: Stage, about: string, namespace?: string) =>
  (await stage.eventsOf(about, namespace)).filter((text) => text.includes('OwnerRefInvalidNamespace'));

describe('an owner elsewhere', () => {
  it('owns nothing in another namespace, and goes on owning in its own', () =>
    onStage(async (stage) => {
      const reference = await owned(stage);
      await stage.create(configmaps, configMap('stranger', 'there', { ownerReferences: [reference] }));
      await stage.quiet();
      expect(await stage.find(configmaps, 'stranger', 'there')).to.equal(undefined);
      expect(await said(stage, 'ConfigMap/stranger', 'there')).to.eql([
        `Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: there, name: owner, uid: ${reference.uid}] does not exist in namespace "there"`,
      ]);
      await stage.create(configmaps, configMap('child', 'here', { ownerReferences: [reference] }));
      await stage.pass(60_000);
      expect(await stage.find(configmaps, 'child', 'here')).not.to.equal(undefined);
    }));

  it('owns nothing that is in no namespace: it stays, also after the owner', () =>
    onStage(async (stage) => {
      const reference = await owned(stage);
      const urgent: PriorityClass = {
        apiVersion: 'scheduling.k8s.io/v1',
        kind: 'PriorityClass',
        metadata: { name: 'urgent', ownerReferences: [reference] },
        value: 1,
      };
      await stage.create(priorityclasses, urgent);
      await stage.quiet();
      expect(await said(stage, 'PriorityClass/urgent')).to.eql([
        `Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: , name: owner, uid: ${reference.uid}] does not exist in namespace ""`,
      ]);
      await stage.client.delete(configmaps, { namespace: 'here', name: 'owner' });
      await stage.pass(60_000);
      expect(await stage.find(priorityclasses, 'urgent')).not.to.equal(undefined);
    }));
});
