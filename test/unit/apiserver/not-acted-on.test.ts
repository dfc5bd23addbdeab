// Fields that Kelp stores and does not act on: writers hear of them by name, and the list is no longer than it has to be.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadSchemaSet, notActedOn, resources } from '../../../shared/api/index.ts';
import { type ApiServerFixture, startApiServer } from '../../support/apiserver.ts';

const root = new URL(import.meta.url.includes('/dist/') ? '../../../../' : '../../../', import.meta.url);
/** Where features are made. */
const acting = ['edge-agent', 'hub/controllers', 'hub/scheduler', 'hub/apiserver/auth'];

const sources = acting.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(new URL(`${folder}/${file}`, root), 'utf8')),
);
const words = new Set(sources.flatMap((text) => text.match(/\w+/g) ?? []));
/** Kinds of volumes that are mounted: those that are not are named too, where they are refused. */
const mounted = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/fields: \[([^\]]*)\]/g)].flatMap(([, fields = '']) => fields.match(/\w+/g) ?? []),
  ),
);

describe('the list of what is not acted on', () => {
  it('names fields of the API', async () => {
    const schemas = await loadSchemaSet();
    for (const [name, lines] of Object.entries(notActedOn)) {
      const row = resources.find(({ group, resource }) => `${group}/${resource}` === name);
      expect(row, name).to.not.equal(undefined);
      const strategy = await row?.load();
      for (const line of lines) {
        let type = schemas.typeNamed(strategy?.schema ?? '');
        for (const part of line.split('=')[0]?.split('.').filter(Boolean) ?? []) {
          const field: unknown = type.properties[part.replace('[]', '')];
          expect(field, `${name}: ${line}`).to.not.equal(undefined);
          const inner = /"name":"(io[^"]+)"/.exec(JSON.stringify(field))?.[1];
          if (inner) type = schemas.typeNamed(inner);
        }
      }
    }
  });

  it('has no line for what an agent, a controller or the scheduler reads', () => {
    const stale = Object.entries(notActedOn).flatMap(([row, lines]) =>
      lines
        .filter((line) => {
          const word = line.split('=')[0]?.split('.').at(-1)?.replace('[]', '') || row.split('/')[1] || '';
          return word.length > 4 && (line.includes('volumes[]') ? mounted : words).has(word);
        })
        .map((word) => `${row}: ${word} is acted on: take its line from shared/api/not-acted-on.ts`),
    );
    expect(stale).to.deep.equal([]);
  });
});

describe('a field that nothing acts on', () => {
  let server: ApiServerFixture;
  before(async () => {
    server = await startApiServer();
  });
  after(() => server.stop());

  const services = '/api/v1/namespaces/default/services';
  const warning = (field: string) => `${field}: Kelp stores this field and does not act on it`;

  it('is warned of once, and not where it says what is so anyway', async () => {
    const spec = { ports: [{ port: 80 }], sessionAffinity: 'None', externalIPs: ['1.2.3.4', '1.2.3.5'] };
    const made = await server.ask('POST', services, { body: { metadata: { name: 'a' }, spec } });
    expect(made.code).to.equal(201);
    expect(made.warnings).to.deep.equal([warning('spec.externalIPs')]);
    const again = await server.ask('PUT', `${services}/a`, { body: made.body });
    expect(again.warnings).to.deep.equal([warning('spec.externalIPs')]);
    const status = await server.ask('PUT', `${services}/a/status`, { body: made.body });
    expect(status.warnings).to.deep.equal([]);
  });

  it('is named with its place in a list, and where it stands in a template', async () => {
    const container = (name: string) => ({
      ...{ name, image: 'x' },
      securityContext: { seLinuxOptions: { level: 's0' } },
    });
    const pod = { containers: [container('a'), container('b')] };
    const one = await server.ask('POST', '/api/v1/namespaces/default/pods', {
      body: { metadata: { name: 'a' }, spec: pod },
    });
    const field = 'spec.containers[0].securityContext.seLinuxOptions';
    expect(one.warnings).to.deep.equal([warning(field)]);
    const template = { metadata: { labels: { a: 'b' } }, spec: pod };
    const set = await server.ask('POST', '/apis/apps/v1/namespaces/default/deployments', {
      body: { metadata: { name: 'a' }, spec: { selector: { matchLabels: { a: 'b' } }, template } },
    });
    expect(set.warnings).to.deep.equal([warning(`spec.template.${field}`)]);
  });

  it('may be all of a Kind', async () => {
    const { warnings } = await server.ask('POST', '/apis/networking.k8s.io/v1/ingressclasses', {
      body: { metadata: { name: 'a' }, spec: { controller: 'example.com/c' } },
    });
    expect(warnings).to.deep.equal(['Kelp stores objects of the kind IngressClass and does not act on them']);
  });
});
