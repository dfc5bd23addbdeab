import { expect } from 'chai';
import { JsonTexts } from '../../../hub/apiserver/index.ts';
import { loadSchemaSet } from '../../../shared/api/index.ts';
import { deepFreeze, ZeroFields } from '../../../shared/machinery/index.ts';

const live = (name: string) =>
  deepFreeze({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, uid: name },
    data: { k: 'x'.repeat(50) },
  });

describe('the JSON of an answer', () => {
  it('is that of the value, whatever it is', () => {
    const texts = new JsonTexts();
    const list = {
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '5' },
      items: [live('a')],
    };
    for (const value of [
      live('a'),
      list,
      { items: [] },
      { items: 'none' },
      'text',
      null,
      [1, { a: 2 }],
      {},
    ]) {
      expect(JSON.parse(texts.text(value))).to.deep.equal(value);
    }
  });

  it('of an event is one line', () => {
    const texts = new JsonTexts();
    const event = { type: 'ADDED', object: live('a') };
    expect(texts.event(event)).to.equal(`${JSON.stringify(event)}\n`);
  });

  it('is made once for an object of the store', () => {
    const texts = new JsonTexts();
    let made = 0;
    const counted = Object.freeze({
      metadata: Object.freeze({ uid: 'u' }),
      toJSON: () => {
        made += 1;
        return { made };
      },
    });
    texts.text(counted);
    expect(texts.text({ items: [counted, counted] })).to.equal('{"items":[{"made":1},{"made":1}]}');
    expect(made).to.equal(1);
  });

  it('has what Go writes although nothing is in it; at rest it is as it was', async () => {
    const texts = new JsonTexts();
    const role = deepFreeze({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'r', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
    });
    const zeros = new ZeroFields(await loadSchemaSet());
    texts.writeAsGo(zeros, new Map([['rbac.authorization.k8s.io/v1 Role', 'io.k8s.api.rbac.v1.Role']]));
    expect(JSON.parse(texts.text(role))).to.deep.equal({ ...role, rules: null });
    expect(JSON.parse(texts.text({ items: [role] }))).to.deep.equal({ items: [{ ...role, rules: null }] });
    const table = (object: object) => ({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      rows: [{ cells: ['r'], object }],
    });
    expect(JSON.parse(texts.text(table(role)))).to.deep.equal(table({ ...role, rules: null }));
    const event = { type: 'ADDED', object: table(role) };
    expect(JSON.parse(texts.event(event))).to.deep.equal({
      ...event,
      object: table({ ...role, rules: null }),
    });
    expect(JSON.parse(texts.stored(role))).to.deep.equal(role);
  });

  it('is forgotten, oldest first, when there is too much of it', () => {
    const texts = new JsonTexts({ limit: 3000 });
    const objects = Array.from({ length: 100 }, (_, index) => live(`c${index}`));
    for (const object of objects) texts.text(object);
    expect(texts.held).to.be.within(2000, 3000);
    expect(objects.map((object) => texts.text(object))).to.deep.equal(
      objects.map((object) => JSON.stringify(object)),
    );
  });
});
