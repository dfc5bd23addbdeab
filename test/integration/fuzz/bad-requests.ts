// What no decent client would send, by its name, and the code that it must be answered with.

export const configMaps = '/api/v1/namespaces/default/configmaps';
const yaml = 'application/yaml';

interface Case {
  method?: string;
  path?: string;
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
  code: number | number[];
}

const pods = '/api/v1/namespaces/default/pods';
const pod = (spec: object) => ({ metadata: { name: 'bad' }, spec });
export const items = (length: number) => Array.from({ length }, (_, at) => ({ name: `k${at}` }));
export const keys = (length: number, before = '') =>
  Object.fromEntries(items(length).map(({ name }) => [`${before}${name}`, 'v']));
export const configMap = (more: object = {}) => ({ metadata: { name: 'bad' }, ...more });
export const nested = (depth: number, open: string, close: string) =>
  open.repeat(depth) + close.repeat(depth);
const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
for (let letter = 'b'; letter < 'k'; letter = next(letter)) {
  const before = String.fromCharCode(letter.charCodeAt(0) - 1);
  bomb.push(`${letter}: &${letter} [${Array(9).fill(`*${before}`).join(',')}]`);
}

function next(letter: string): string {
  return String.fromCharCode(letter.charCodeAt(0) + 1);
}

/** What Node itself refuses to read, as bytes. */
export const broken: Record<string, { bytes: string | Buffer; code: number }> = {
  'no HTTP': { bytes: 'HELLO\r\n\r\n', code: 400 },
  'a verb of its own': { bytes: 'BREW /coffee HTTP/1.1\r\nhost: a\r\n\r\n', code: 405 },
  'a tunnel': { bytes: 'CONNECT hub:443 HTTP/1.1\r\nhost: a\r\n\r\n', code: 405 },
  'HTTP of the future': { bytes: 'GET / HTTP/9.9\r\nhost: a\r\n\r\n', code: 505 },
  'HTTP/2': { bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', code: 505 },
  'no host': { bytes: 'GET /healthz HTTP/1.1\r\n\r\n', code: 400 },
  'two lengths': {
    bytes: 'POST /api HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd',
    code: 400,
  },
  'a length and chunks': {
    bytes:
      'POST /api HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    code: 400,
  },
  'headers without an end': { bytes: `GET / HTTP/1.1\r\nhost: a\r\na: ${'x'.repeat(100_000)}`, code: 431 },
  bytes: { bytes: Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919) % 256)), code: 400 },
};

/** What is sent → what must come back. */
export const overHttps: Record<string, Case> = {
  'JSON that breaks off': { body: '{"metadata":{"name":', code: 400 },
  'JSON that is none': { body: 'name=bad', code: 400 },
  'a list where an object belongs': { body: '[1,2,3]', code: 400 },
  'a number where an object belongs': { body: '7', code: 400 },
  nothing: { method: 'POST', code: 400 },
  null: { body: 'null', code: 422 },
  'YAML that is none': { body: 'a: [b, c\n  d: }', contentType: yaml, code: 400 },
  'YAML with a tag of its own': { body: '!!js/function >\n  x', contentType: yaml, code: [400, 422] },
  'a YAML bomb': { body: bomb.join('\n'), contentType: yaml, code: 400 },
  'YAML nested 20,000 deep': { body: `data: ${nested(20_000, '[', ']')}`, contentType: yaml, code: 400 },
  'YAML of 50,000 keys': {
    body: `metadata: {name: bad}\ndata:\n${Array.from({ length: 50_000 }, (_, at) => `  k${at}: v`).join('\n')}`,
    contentType: yaml,
    path: `${configMaps}?dryRun=All`,
    code: 201,
  },
  'YAML of 150,000 keys': {
    body: `data:\n${items(150_000)
      .map(({ name }) => `  ${name}: v`)
      .join('\n')}`,
    contentType: yaml,
    code: 400,
  },
  'YAML of 300,000 aliases': {
    body: `a: &a [1]\nb: [${'*a,'.repeat(300_000)}]`,
    contentType: yaml,
    code: 400,
  },
  'YAML with a key twice': {
    body: 'metadata: {name: bad}\nmetadata: {name: worse}',
    contentType: yaml,
    path: `${configMaps}?fieldValidation=Strict`,
    code: 400,
  },
  'YAML in blocks nested 1,000 deep': {
    body: Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    contentType: yaml,
    code: [400, 422],
  },
  'invalid UTF-8': { body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), code: 400 },
  'JSON that opens 100,000 lists and ends': { body: '['.repeat(100_000), code: 400 },
  'JSON nested 100,000 deep': { body: `{"data":${nested(100_000, '[', ']')}}`, code: 400 },
  'objects nested 100,000 deep': { body: `${'{"data":'.repeat(100_000)}1${'}'.repeat(100_000)}`, code: 400 },
  'an unknown field nested 100,000 deep': {
    body: `{"metadata":{"name":"bad"},"other":${nested(100_000, '[', ']')}}`,
    path: `${configMaps}?dryRun=All`,
    code: [201, 400],
  },
  '10 MB': { body: JSON.stringify(configMap({ data: { a: 'x'.repeat(10_000_000) } })), code: 413 },
  '10 MB that say not how long they are': {
    body: JSON.stringify(configMap({ data: { a: 'x'.repeat(10_000_000) } })),
    headers: { 'transfer-encoding': 'chunked' },
    code: 413,
  },
  'more than 3 MiB by one byte': { body: 'x'.repeat(3 * 1024 * 1024 + 1), code: 413 },
  'a ConfigMap of 200,000 keys': { body: configMap({ data: keys(200_000) }), code: 413 },
  // Whose they are is too much to say: that is left out, as upstream.
  'a ConfigMap of 90,000 keys': {
    path: `${configMaps}?dryRun=All`,
    body: configMap({ data: keys(90_000) }),
    code: 201,
  },
  '150,000 labels': { body: { metadata: { name: 'bad', labels: keys(150_000) } }, code: 413 },
  '350 KB of annotations': { body: { metadata: { name: 'bad', annotations: keys(50_000) } }, code: 422 },
  '40,000 labels that are none': {
    body: { metadata: { name: 'bad', labels: keys(40_000, 'a//') } },
    code: 422,
  },
  'a Pod of 50,000 variables': {
    path: pods,
    body: pod({ containers: [{ name: 'a', image: 'b', env: items(50_000) }] }),
    code: 413,
  },
  'a Pod with one variable 10,000 times': {
    path: `${pods}?dryRun=All`,
    body: pod({
      containers: [{ name: 'a', image: 'b', env: Array(10_000).fill({ name: 'A', value: 'v' }) }],
    }),
    code: 201,
  },
  'a Pod of 20,000 containers that are empty': {
    path: pods,
    body: pod({ containers: Array(20_000).fill({}) }),
    code: 422,
  },
  'a Pod of 40,000 pull secrets': {
    path: pods,
    body: pod({ containers: [{ name: 'a', image: 'b', ports: [{}] }], imagePullSecrets: items(40_000) }),
    code: [413, 422],
  },
  'a Service of 10,000 ports': {
    path: '/api/v1/namespaces/default/services',
    body: { metadata: { name: 'bad' }, spec: { ports: Array(10_000).fill({ port: 1, name: 'a' }) } },
    code: 422,
  },
  'a ConfigMap of 2 MB': { body: configMap({ data: { a: 'x'.repeat(2_000_000) } }), code: 422 },
  'data that is a string': { body: configMap({ data: 'text' }), code: 400 },
  'a name that is an object': { body: { metadata: { name: { a: 1 } } }, code: 400 },
  'a Kind of something else': { body: { kind: 'Pod', apiVersion: 'v1', ...configMap() }, code: 400 },
  'protobuf that is none': {
    body: Buffer.from('k8s\0garbage'),
    contentType: 'application/vnd.kubernetes.protobuf',
    code: [400, 415],
  },
  'protobuf without its mark': {
    body: Buffer.from([255, 1, 2, 3]),
    contentType: 'application/vnd.kubernetes.protobuf',
    code: [400, 415],
  },
  XML: { body: '<a/>', contentType: 'text/xml', code: 415 },
  'a body that claims to be zipped': {
    body: Buffer.from([0x1f, 0x8b, 8, 0]),
    headers: { 'content-encoding': 'gzip' },
    code: [400, 415],
  },
  'an Accept of nothing that there is': { method: 'GET', headers: { accept: 'image/png' }, code: 406 },
  'a verb that there is not': { method: 'PROPFIND', code: 405 },
  TRACE: { method: 'TRACE', code: 405 },
  'a verb for what is only read': { path: '/version', code: 405 },
  'a verb for discovery': { method: 'DELETE', path: '/apis/apps/v1', code: 405 },
  'JSON behind a byte order mark': { body: '\ufeff{"metadata":{"name":"bad"}}', code: 400 },
  'JSON with half of a character': {
    body: '{"metadata":{"name":"bad"},"data":{"a":"\\ud800"}}',
    path: `${configMaps}?dryRun=All`,
    code: 201,
  },
  'a path that there is not': { method: 'GET', path: '/apis/none.io/v1/things', code: 404 },
  'no path at all': { method: 'GET', path: '/../../etc/passwd', code: 404 },
  'a path with a bad escape': { method: 'GET', path: '/api/v1/namespaces/%zz/pods', code: 400 },
  'a path with a zero': { method: 'GET', path: '/api/v1/namespaces/a%00b/pods/c', code: [400, 404] },
  'a path of prototypes': { method: 'GET', path: '/api/v1/namespaces/__proto__/pods/constructor', code: 404 },
  'a resource called constructor': { method: 'GET', path: '/api/v1/constructor', code: 404 },
  'a subresource called __proto__': {
    method: 'GET',
    path: `${configMaps}/kube-root-ca.crt/__proto__`,
    code: 404,
  },
  'a selector of nonsense': { method: 'GET', path: `${configMaps}?labelSelector=a%20in%20((b`, code: 400 },
  'a selector of 10,000 values': {
    method: 'GET',
    path: `${configMaps}?labelSelector=a+in+(${Array.from({ length: 10_000 }, (_, at) => `v${at}`).join()})`,
    code: 200,
  },
  'a field that cannot be selected': {
    method: 'GET',
    path: `${configMaps}?fieldSelector=data.a%3Db`,
    code: 400,
  },
  'a continue token of nonsense': { method: 'GET', path: `${configMaps}?continue=nonsense`, code: 400 },
  'a limit that is none': { method: 'GET', path: `${configMaps}?limit=many`, code: 400 },
  'a resourceVersion that is none': {
    method: 'GET',
    path: `${configMaps}?resourceVersion=new`,
    code: [400, 422],
  },
  'a timeout that is none': { method: 'GET', path: `${configMaps}?watch=1&timeoutSeconds=x`, code: 400 },
  'a patch of an unknown type': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: '{}',
    code: 415,
  },
  'a JSON patch that is no list': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: '{"op":"add"}',
    contentType: 'application/json-patch+json',
    code: 400,
  },
  'a JSON patch into the prototype': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt?dryRun=All`,
    body: '[{"op":"add","path":"/__proto__/polluted","value":"yes"}]',
    contentType: 'application/json-patch+json',
    code: [200, 400, 422],
  },
  'a JSON patch that copies a long text 5,000 times': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: [
      { op: 'add', path: '/data/a', value: 'x'.repeat(1_000_000) },
      ...items(5_000).map(({ name }) => ({ op: 'copy', from: '/data/a', path: `/data/${name}` })),
    ],
    contentType: 'application/json-patch+json',
    code: 422,
  },
  'a JSON patch that inserts 9,000 times': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt?dryRun=All`,
    body: [
      { op: 'add', path: '/a', value: Array.from({ length: 200_000 }, (_, at) => at) },
      ...Array(9_000).fill({ op: 'add', path: '/a/0', value: 1 }),
    ],
    contentType: 'application/json-patch+json',
    code: 200,
  },
  'a merge patch of 150,000 keys': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: { data: keys(150_000) },
    contentType: 'application/merge-patch+json',
    code: 413,
  },
  'a JSON patch of 100,000 steps': {
    method: 'PATCH',
    path: `${configMaps}/kube-root-ca.crt`,
    body: JSON.stringify(Array(60_000).fill({ op: 'test', path: '/a', value: 1 })),
    contentType: 'application/json-patch+json',
    code: [413, 422],
  },
};
