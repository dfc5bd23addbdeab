// A new pod says its AppArmor profiles as annotations and as fields, and not two things at once.

import { expect } from 'chai';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const pods = '/api/v1/namespaces/default/pods';
const key = 'container.apparmor.security.beta.kubernetes.io/c';
const deprecated = `metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`;

describe('the AppArmor profile of a new pod', () => {
  let server: ApiServerFixture;

  beforeEach(async () => {
    server = await startApiServer();
  });

  afterEach(async () => {
    await server.stop();
  });

  function create(annotation: string | undefined, own?: object, ofPod?: object) {
    const container = {
      name: 'c',
      image: 'nginx:1',
      ...(own && { securityContext: { appArmorProfile: own } }),
    };
    const body = {
      metadata: { name: 'p', ...(annotation !== undefined && { annotations: { [key]: annotation } }) },
      spec: { containers: [container], ...(ofPod && { securityContext: { appArmorProfile: ofPod } }) },
    };
    return server.ask('POST', pods, { body });
  }

  const local = { type: 'Localhost', localhostProfile: 'mine' };
  const fromFields: [own: object | undefined, ofPod: object | undefined, annotation: string][] = [
    [{ type: 'RuntimeDefault' }, undefined, 'runtime/default'],
    [local, { type: 'Unconfined' }, 'localhost/mine'],
    [undefined, { type: 'Unconfined' }, 'unconfined'],
  ];
  for (const [own, ofPod, annotation] of fromFields)
    it(`is the annotation ${annotation} as well`, async () => {
      const { body, warnings } = await create(undefined, own, ofPod);
      expect(body.metadata.annotations).to.deep.equal({ [key]: annotation });
      expect(warnings).to.deep.equal([]);
    });

  it('comes from the annotation where there is no field, with a warning', async () => {
    const { body, warnings } = await create('localhost/mine');
    expect(body.spec.containers[0].securityContext).to.deep.equal({ appArmorProfile: local });
    expect(warnings).to.deep.equal([deprecated]);
  });

  it('is not repeated where the pod has it', async () => {
    const { body, warnings } = await create('runtime/default', undefined, { type: 'RuntimeDefault' });
    expect(body.spec.containers[0]).not.to.have.property('securityContext');
    expect(warnings).to.deep.equal([]);
  });

  it('is the same in both', async () => {
    const at = 'spec.containers[0].securityContext.appArmorProfile';
    const types = await create('unconfined', { type: 'RuntimeDefault' });
    expect(types.body.message).to.equal(
      `Pod "p" is invalid: ${at}.type: Forbidden: apparmor type in annotation and field must match`,
    );
    const profiles = await create('localhost/other', local);
    expect(profiles.body.message).to.equal(
      `Pod "p" is invalid: ${at}.localhostProfile: Forbidden: apparmor profile in annotation and field must match`,
    );
  });
});

describe('warnings of an update', () => {
  let server: ApiServerFixture;

  beforeEach(async () => {
    server = await startApiServer();
  });

  afterEach(async () => {
    await server.stop();
  });

  const env = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ];
  const spec = { containers: [{ name: 'c', image: 'nginx:1', env }] };
  const hidden =
    'containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply';
  const label = (path: string, labels: object, rest: object = {}) =>
    server.ask('PATCH', path, {
      body: { metadata: { labels }, ...rest },
      contentType: 'application/merge-patch+json',
    });

  it('are none for a pod, whose name is warned of when it is made', async () => {
    const made = await server.ask('POST', pods, { body: { metadata: { name: 'a.b' }, spec } });
    expect(made.warnings[0]).to.match(/^metadata.name: this is used in the Pod's hostname/);
    expect(made.warnings[1]).to.equal(`spec.${hidden}`);
    expect((await label(`${pods}/a.b`, { x: 'y' })).warnings).to.deep.equal([]);
  });

  it('come where the spec of what makes pods changes', async () => {
    const sets = '/apis/apps/v1/namespaces/default/replicasets';
    const labels = { app: 'a' };
    const body = {
      metadata: { name: 'r' },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    };
    await server.must('POST', sets, { body });
    expect((await label(`${sets}/r`, { x: 'y' })).warnings).to.deep.equal([]);
    const scaled = await label(`${sets}/r`, {}, { spec: { replicas: 3 } });
    expect(scaled.warnings).to.deep.equal([`spec.template.spec.${hidden}`]);
  });
});
