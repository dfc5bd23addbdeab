import { expect } from 'chai';
import type { JsonSchema } from '../../../hub/apiserver/openapi/document.ts';
import { OpenApi } from '../../../hub/apiserver/openapi/index.ts';
import type { Swagger, SwaggerOperation } from '../../../hub/apiserver/openapi/open-api-v2.ts';
import type { OpenApi3 } from '../../../hub/apiserver/openapi/open-api-v3.ts';
import { type Resource, resources } from '../../../shared/api/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';

const protobuf = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

/** A protobuf message without its meaning: field number → values. */
type Message = Map<number, (Buffer | number)[]>;

function parse(bytes: Buffer): Message {
  const message: Message = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const value = (tag & 7) === 0 ? varint() : undefined;
    if ((tag & 7) === 1) {
      message.set(tag >> 3, [...(message.get(tag >> 3) ?? []), bytes.readDoubleLE(at)]);
      at += 8;
    } else if (value === undefined) {
      expect(tag & 7, 'wire type').to.equal(2);
      const length = varint();
      message.set(tag >> 3, [...(message.get(tag >> 3) ?? []), bytes.subarray(at, at + length)]);
      at += length;
    } else message.set(tag >> 3, [...(message.get(tag >> 3) ?? []), value]);
  }
  expect(at).to.equal(bytes.length);
  return message;
}

const all = (message: Message, field: number): Buffer[] =>
  (message.get(field) ?? []).filter((value) => typeof value !== 'number');
const one = (message: Message, field: number): Buffer | undefined => all(message, field)[0];
const text = (message: Message, field: number): string | undefined => one(message, field)?.toString();
const inside = (message: Message, field: number): Message => parse(one(message, field) ?? Buffer.alloc(0));

/** A list of named values, as an object. */
function named<T>(message: Message, field: number, read: (value: Message) => T): Record<string, T> {
  const entries = all(message, field).map((bytes) => {
    const entry = parse(bytes);
    return [text(entry, 1) ?? '', read(inside(entry, 2))] as const;
  });
  return Object.fromEntries(entries);
}

const extensions = (message: Message, field: number): Record<string, unknown> =>
  named(message, field, (any): unknown => JSON.parse(text(any, 2) ?? ''));

/** gnostic's openapi.v2.Schema, by its field numbers. */
function schemaOf(message: Message): JsonSchema {
  const found = {
    $ref: text(message, 1),
    format: text(message, 2),
    description: text(message, 4),
    required: message.has(19) ? all(message, 19).map(String) : undefined,
    additionalProperties: message.has(21) ? schemaOf(inside(inside(message, 21), 1)) : undefined,
    type: message.has(22) ? text(inside(message, 22), 1) : undefined,
    items: message.has(23) ? schemaOf(inside(inside(message, 23), 1)) : undefined,
    properties: message.has(25) ? named(inside(message, 25), 1, schemaOf) : undefined,
    ...extensions(message, 31),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

describe('OpenAPI', () => {
  const openApi = new OpenApi({ resources: () => resources, version: 'v1.32.0' });

  async function body(path: string, accept?: string): Promise<Buffer> {
    const answer = await openApi.answer(path, accept);
    if (!answer) throw new Error(`no answer to ${path}`);
    return answer.body;
  }

  async function swagger(): Promise<Swagger> {
    return JSON.parse((await body('/openapi/v2', 'application/json')).toString());
  }

  async function version3(path: string): Promise<OpenApi3> {
    return JSON.parse((await body(path)).toString());
  }

  const queryOf = (operation: SwaggerOperation | undefined) =>
    (operation?.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);

  it('v2 defines everything that it refers to', async () => {
    const document = await swagger();
    const missing = refsIn(document).filter(
      (ref) => !document.definitions[ref.replace('#/definitions/', '')],
    );
    expect(missing).to.deep.equal([]);
  });

  it('v2 has the Kind of every row, its list, and where it is', async () => {
    const { definitions, paths } = await swagger();
    const kinds = Object.values(definitions).flatMap(
      (definition) => definition['x-kubernetes-group-version-kind'] ?? [],
    );
    for (const { group, version, kind, verbs } of resources) {
      expect(kinds).to.deep.include({ group, version, kind });
      if (verbs.includes('list')) expect(kinds).to.deep.include({ group, version, kind: `${kind}List` });
    }
    expect(paths).to.include.keys(
      '/api/v1/pods',
      '/api/v1/namespaces/{namespace}/pods/{name}/log',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale',
      '/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}/approval',
    );
  });

  it('v2 says how lists merge, and gives words', async () => {
    const { definitions } = await swagger();
    const containers = definitions['io.k8s.api.core.v1.PodSpec']?.properties?.containers;
    expect(containers).to.include({
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(containers?.description).to.match(/^List of containers belonging to the pod/);
    expect(definitions['io.k8s.api.core.v1.PodSpec']?.properties?.volumes).to.include({
      'x-kubernetes-patch-strategy': 'merge,retainKeys',
    });
    expect(definitions['io.k8s.api.apps.v1.DeploymentSpec']?.properties?.strategy).to.include({
      'x-kubernetes-patch-strategy': 'retainKeys',
    });
  });

  it('v2 shows that a patch may be tried: what kubectl looks for before --dry-run=server', async () => {
    const { paths } = await swagger();
    const { patch } = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'] ?? {};
    expect(patch?.['x-kubernetes-group-version-kind']).to.deep.equal({
      group: 'apps',
      kind: 'Deployment',
      version: 'v1',
    });
    expect(queryOf(patch)).to.include.members(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    const ids = Object.values(paths).flatMap((item) =>
      (['get', 'put', 'post', 'delete', 'patch'] as const).flatMap(
        (method) => item[method]?.operationId ?? [],
      ),
    );
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('v2 as protocol buffers says the same', async () => {
    const document = await swagger();
    const message = parse(await body('/openapi/v2', protobuf));
    expect(text(message, 1)).to.equal('2.0');
    expect([text(inside(message, 2), 1), text(inside(message, 2), 2)]).to.deep.equal([
      'Kubernetes',
      'v1.32.0',
    ]);
    expect(named(inside(message, 9), 1, schemaOf)).to.deep.equal(document.definitions);
    const paths = named(inside(message, 8), 2, (item) => item);
    expect(Object.keys(paths)).to.deep.equal(Object.keys(document.paths));
  });

  it('v2 as protocol buffers has what others describe too', async () => {
    const Widget = {
      type: 'object',
      properties: {
        size: { type: 'integer', minimum: 1.5, maximum: 300, maxLength: 300, default: 2 },
        color: { type: 'string', enum: ['red', 'green'], pattern: '^[a-z]+$' },
        any: { type: 'object', additionalProperties: true },
      },
      'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
    };
    const collection = '/apis/example.com/v1/widgets';
    const document = {
      definitions: { 'com.example.v1.Widget': Widget, broken: 'no schema' },
      paths: { [collection]: { get: { responses: { 200: { description: 'OK' } }, parameters: 'none' } } },
    };
    let others = [{ prefix: '/apis/example.com/v1', document }];
    const remote = { openApiPaths: async () => ({}), swaggers: async () => others };
    const both = new OpenApi({ resources: () => resources, version: 'v1.32.0', remote: () => remote });
    const answer = await both.answer('/openapi/v2', protobuf);
    const message = parse(answer?.body ?? Buffer.alloc(0));
    const definitions = named(inside(message, 9), 1, (schema) => schema);
    expect(definitions).to.include.keys('io.k8s.api.core.v1.Pod', 'com.example.v1.Widget', 'broken');
    const schema = definitions['com.example.v1.Widget'] ?? new Map();
    expect(extensions(schema, 31)).to.deep.equal({
      'x-kubernetes-group-version-kind': Widget['x-kubernetes-group-version-kind'],
    });
    const properties = named(inside(schema, 25), 1, (property) => property);
    const { size = new Map(), color = new Map(), any = new Map() } = properties;
    expect([size.get(9), size.get(7), size.get(11)]).to.deep.equal([[1.5], [300], [300]]);
    expect(text(inside(size, 5), 2)).to.equal('2\n');
    expect(all(color, 20).map((choice) => text(parse(choice), 2))).to.deep.equal(['"red"\n', '"green"\n']);
    expect(text(color, 13)).to.equal('^[a-z]+$');
    expect(inside(any, 21).get(2)).to.deep.equal([1]);
    expect(named(inside(message, 8), 2, (item) => item)).to.include.keys('/api/v1/pods', collection);
    expect((await both.answer('/openapi/v2', protobuf))?.etag).to.equal(answer?.etag);
    others = [];
    const alone = await both.answer('/openapi/v2', protobuf);
    expect(alone?.etag).to.equal((await openApi.answer('/openapi/v2', protobuf))?.etag);
  });

  it('v2 leaves a version to the server that has taken it over', async () => {
    const prefix = '/apis/policy/v1';
    const paths = { [`${prefix}/budgets`]: {}, '/api/v1/pods': { taken: true } };
    const others = [{ prefix, document: { definitions: {}, paths } }];
    const remote = { openApiPaths: async () => ({}), swaggers: async () => others };
    const both = new OpenApi({ resources: () => resources, version: 'v1.32.0', remote: () => remote });
    const { body } = (await both.answer('/openapi/v2', 'application/json')) ?? {};
    const shown: Record<string, unknown> = JSON.parse(String(body)).paths;
    const ofPolicy = Object.keys(shown).filter((path) => path.startsWith(prefix));
    expect(ofPolicy).to.deep.equal([`${prefix}/budgets`]);
    expect(shown['/api/v1/pods']).not.to.have.property('taken');
  });

  it('v2 as protocol buffers has the operations', async () => {
    const path = '/api/v1/namespaces/{namespace}/services/{name}';
    const { patch } = (await swagger()).paths[path] ?? {};
    const message = parse(await body('/openapi/v2', protobuf));
    const item = named(inside(message, 8), 2, (value) => value)[path] ?? new Map();
    const operation = inside(item, 8);
    expect(text(operation, 5)).to.equal(patch?.operationId);
    expect(extensions(operation, 13)).to.deep.equal({
      'x-kubernetes-action': 'patch',
      'x-kubernetes-group-version-kind': { group: '', kind: 'Service', version: 'v1' },
    });
    const parameters = all(operation, 8).map((bytes) => inside(parse(bytes), 1));
    const query = parameters
      .filter((parameter) => parameter.has(2))
      .map((each) => inside(inside(each, 2), 3));
    expect(query.map((each) => text(each, 4))).to.deep.equal(queryOf(patch));
    expect(query.every((each) => text(each, 2) === 'query')).to.equal(true);
    const bodies = parameters.filter((parameter) => parameter.has(1)).map((each) => inside(each, 1));
    expect(bodies.map((each) => schemaOf(inside(each, 5)))).to.deep.equal([
      { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.Patch' },
    ]);
    const inPath = all(item, 9).map((bytes) => inside(inside(inside(parse(bytes), 1), 2), 4));
    expect(inPath.map((each) => [text(each, 4), text(each, 2), each.get(1)])).to.deep.equal([
      ['namespace', 'path', [1]],
      ['name', 'path', [1]],
    ]);
  });

  it('v3 has an index of documents, each by an address that says its content', async () => {
    const { paths }: { paths: Record<string, { serverRelativeURL: string }> } = JSON.parse(
      (await body('/openapi/v3')).toString(),
    );
    expect(Object.keys(paths)).to.include.members(['api/v1', 'apis/apps/v1', 'apis/coordination.k8s.io/v1']);
    for (const [name, { serverRelativeURL }] of Object.entries(paths)) {
      const answer = await openApi.answer(serverRelativeURL);
      expect(serverRelativeURL).to.equal(`/openapi/v3/${name}?hash=${answer?.etag.replaceAll('"', '')}`);
    }
  });

  it('v3 documents define everything that they refer to', async () => {
    for (const path of ['/openapi/v3/api/v1', '/openapi/v3/apis/apps/v1']) {
      const document = await version3(path);
      const missing = refsIn(document).filter(
        (ref) => !document.components.schemas[ref.replace('#/components/schemas/', '')],
      );
      expect(missing).to.deep.equal([]);
    }
  });

  it('v3 has the parameters that kubectl looks for, and numbers that may be words', async () => {
    const { paths, components } = await version3('/openapi/v3/apis/apps/v1');
    const patch = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch;
    expect(patch?.parameters?.map(({ name }) => name)).to.include.members(['dryRun', 'fieldValidation']);
    expect(patch?.requestBody?.content).to.include.keys('application/strategic-merge-patch+json');
    const intOrString = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
    expect(components.schemas['io.k8s.api.core.v1.HTTPGetAction']?.properties?.port?.allOf).to.deep.equal([
      { $ref: `#/components/schemas/${intOrString}` },
    ]);
    expect(components.schemas[intOrString]).to.deep.include({
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    });
    expect(components.schemas['io.k8s.api.apps.v1.Deployment']?.properties?.spec?.allOf).to.deep.equal([
      { $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec' },
    ]);
  });

  it('is not sent again to who has it, and not in a form that nobody asked for', async () => {
    const answer = await openApi.answer('/openapi/v2', 'application/json;q=0.9');
    const again = await openApi.answer('/openapi/v2', 'application/json', `W/${answer?.etag}`);
    expect(again).to.include({ code: 304, etag: answer?.etag });
    expect(again?.body).to.have.length(0);
    expect((await openApi.answer('/openapi/v2', protobuf))?.contentType).to.equal(
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    );
    expect((await openApi.answer('/openapi/v2', '*/*'))?.contentType).to.equal('application/json');
    expect(await openApi.answer('/openapi/v4')).to.equal(undefined);
    expect(await openApi.answer('/openapi/v3/apis/nope/v1')).to.equal(undefined);
    const refused = await openApi.answer('/openapi/v3', 'text/html').catch((error: unknown) => error);
    expect(ApiError.is(refused, 'NotAcceptable')).to.equal(true);
  });

  it('follows the resources as they come and go', async () => {
    const only = (...plurals: string[]): Resource[] =>
      resources.filter(({ resource, virtual }) => !virtual && plurals.includes(resource));
    let rows = only('pods', 'services');
    const changing = new OpenApi({ resources: () => [...rows], version: 'v1' });
    const documents = async () => {
      const answer = await changing.answer('/openapi/v3');
      return Object.keys(JSON.parse(answer?.body.toString() ?? '{}').paths);
    };
    expect(await documents()).to.deep.equal(['api/v1']);
    rows = only('pods', 'deployments');
    expect(await documents()).to.deep.equal(['api/v1', 'apis/apps/v1']);
    const core: OpenApi3 = JSON.parse((await changing.answer('/openapi/v3/api/v1'))?.body.toString() ?? '');
    expect(core.paths).to.not.have.property('/api/v1/services');
  });
});
