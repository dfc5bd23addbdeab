// serviceaccounts/token: what a token says, to whom it is refused, and how long it is believed.

import { generateKeyPairSync, type JsonWebKey, verify } from 'node:crypto';
import { expect } from 'chai';
import { authenticateWith } from '../../../hub/apiserver/auth/index.ts';
import {
  createAdmission,
  ServiceAccountTokens,
  serviceAccountAuthenticator,
  type UserInfo,
} from '../../../hub/apiserver/index.ts';
import { type ApiServerFixture, namespace, startApiServer } from '../../support/apiserver.ts';

const issuer = 'https://kubernetes.default.svc.cluster.local';
const node: UserInfo = { name: 'system:node:pi-1', groups: ['system:nodes', 'system:authenticated'] };

describe('tokens of service accounts', () => {
  const tokens = new ServiceAccountTokens(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  let server: ApiServerFixture;
  let authenticate: ReturnType<typeof authenticateWith>;
  const uids: Record<string, string> = {};

  beforeEach(async () => {
    server = await startApiServer({ tokens, admission: createAdmission });
    const { store, clock } = server;
    authenticate = authenticateWith([serviceAccountAuthenticator({ tokens, store, clock })]);
    await server.must('POST', '/api/v1/namespaces', { body: namespace('default') });
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'builder' } };
    uids.account = await create('serviceaccounts', account);
    uids.node = await create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'pi-1' } }, '');
    uids.pod = await create('pods', podOn('pi-1', 'web'));
    await create('pods', podOn('pi-2', 'elsewhere'));
    uids.secret = await create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' } });
  });

  afterEach(() => server.stop());

  async function create(resource: string, body: object, scope = '/namespaces/default'): Promise<string> {
    const { metadata } = await server.must('POST', `/api/v1${scope}/${resource}`, { body });
    return metadata.uid;
  }

  const podOn = (nodeName: string, name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName, serviceAccountName: 'builder', containers: [{ name: 'c', image: 'i' }] },
  });

  const ask = (spec: object, user?: UserInfo, account = 'builder') =>
    server.ask('POST', `/api/v1/namespaces/default/serviceaccounts/${account}/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
      ...(user && { user }),
    });

  const bound = (kind: string, name: string, uid?: string) => ({
    boundObjectRef: { apiVersion: 'v1', kind, name, ...(uid && { uid }) },
  });

  async function tokenFor(spec: object): Promise<string> {
    const { code, body } = await ask(spec);
    expect(code, body.message).to.equal(201);
    return body.status.token;
  }

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

  const whoIs = (token: string) =>
    authenticate({ token }).then(
      ({ name }) => name,
      ({ code }: { code: number }) => code,
    );

  const remove = (path: string) => server.must('DELETE', `/api/v1/${path}?gracePeriodSeconds=0`);

  it('lasts for an hour, for this API, unless asked otherwise', async () => {
    const { code, body } = await ask({});
    expect(code).to.equal(201);
    expect(body).to.deep.include({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' });
    expect(body.metadata).to.deep.equal({ name: 'builder', namespace: 'default', creationTimestamp: null });
    expect(body.spec).to.deep.equal({ audiences: [issuer], expirationSeconds: 3600, boundObjectRef: null });
    const now = Math.floor(server.clock.now() / 1000);
    expect(Date.parse(body.status.expirationTimestamp)).to.equal((now + 3600) * 1000);
    const { jti, ...claims } = claimsOf(body.status.token);
    expect(jti).to.match(/^[0-9a-f-]{36}$/);
    expect(claims).to.deep.equal({
      aud: [issuer],
      exp: now + 3600,
      iat: now,
      iss: issuer,
      'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'builder', uid: uids.account } },
      nbf: now,
      sub: 'system:serviceaccount:default:builder',
    });
  });

  it('is one that anybody can verify with the published key', async () => {
    const token = await tokenFor({});
    const [head = '', body = '', signature = ''] = token.split('.');
    const [key] = tokens.keySet().keys as JsonWebKey[];
    const { alg, kid } = JSON.parse(Buffer.from(head, 'base64url').toString());
    expect({ alg, kid }).to.deep.equal({ alg: 'ES256', kid: (key as { kid?: string }).kid });
    const publicKey = { key: key ?? {}, format: 'jwk', dsaEncoding: 'ieee-p1363' } as const;
    const signed = Buffer.from(`${head}.${body}`);
    expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).to.equal(true);
  });

  it('is its account to the API, in the groups of all accounts and of its namespace', async () => {
    const token = await tokenFor(bound('Pod', 'web', uids.pod));
    const user = await authenticate({ token });
    const { id } = { id: claimsOf(token).jti };
    expect(user).to.deep.equal({
      name: 'system:serviceaccount:default:builder',
      uid: uids.account,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${id}`],
        'authentication.kubernetes.io/node-name': ['pi-1'],
        'authentication.kubernetes.io/node-uid': [uids.node],
        'authentication.kubernetes.io/pod-name': ['web'],
        'authentication.kubernetes.io/pod-uid': [uids.pod],
      },
    });
  });

  it('lives on for a year where a pod has it in a volume, and says when it was to be renewed', async () => {
    const { body } = await ask({ ...bound('Pod', 'web'), expirationSeconds: 3607 });
    const now = Math.floor(server.clock.now() / 1000);
    const claims = claimsOf(body.status.token);
    expect(claims.exp - now).to.equal(31_536_000);
    expect(claims['kubernetes.io']).to.deep.equal({
      namespace: 'default',
      node: { name: 'pi-1', uid: uids.node },
      pod: { name: 'web', uid: uids.pod },
      serviceaccount: { name: 'builder', uid: uids.account },
      warnafter: now + 3607,
    });
    expect(Date.parse(body.status.expirationTimestamp)).to.equal((now + 3607) * 1000);
  });

  it('ends when its time is over', async () => {
    const token = await tokenFor({ expirationSeconds: 600 });
    await server.clock.advance(599_000);
    expect(await whoIs(token)).to.equal('system:serviceaccount:default:builder');
    await server.clock.advance(2_000);
    expect(await whoIs(token)).to.equal(401);
  });

  for (const [what, path, spec] of [
    ['account', 'namespaces/default/serviceaccounts/builder', () => ({})],
    ['pod', 'namespaces/default/pods/web', () => bound('Pod', 'web', uids.pod)],
    ['Secret', 'namespaces/default/secrets/key', () => bound('Secret', 'key', uids.secret)],
    ['node', 'nodes/pi-1', () => bound('Node', 'pi-1', uids.node)],
  ] as const) {
    it(`ends with its ${what}`, async () => {
      const token = await tokenFor(spec());
      expect(await whoIs(token)).to.equal('system:serviceaccount:default:builder');
      await remove(path);
      expect(await whoIs(token)).to.equal(401);
    });
  }

  it('is not that of a later account of the same name', async () => {
    const token = await tokenFor({});
    await remove('namespaces/default/serviceaccounts/builder');
    await create('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'builder' },
    });
    expect(await whoIs(token)).to.equal(401);
  });

  it('is good for those only for whom it was made', async () => {
    const token = await tokenFor({ audiences: ['vault'] });
    expect(await whoIs(token)).to.equal(401);
    const user = await authenticate({ token, audiences: ['vault'] });
    expect(user.name).to.equal('system:serviceaccount:default:builder');
  });

  it('cannot be forged', async () => {
    const token = await tokenFor({});
    const [head = '', body = '', signature = ''] = token.split('.');
    const changed = JSON.stringify({ ...claimsOf(token), exp: 99_999_999_999 });
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const other = new ServiceAccountTokens(generateKeyPairSync('ec', { namedCurve: 'P-256' }));
    const claims = tokens.read(token);
    if (!claims) throw new Error('a good token is not read');
    for (const forged of [
      `${head}.${Buffer.from(changed).toString('base64url')}.${signature}`,
      `${none}.${body}.`,
      `${head}.${body}.`,
      `${head}.${body}`,
      `${token}.x`,
      other.sign(claims),
      'x'.repeat(20_000),
    ])
      expect(await whoIs(forged), forged.slice(0, 60)).to.equal(401);
  });

  describe('is refused', () => {
    const cases: [string, () => object, number, string][] = [
      [
        'for less than ten minutes',
        () => ({ expirationSeconds: 599 }),
        422,
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      ],
      [
        'for more than 2^32 seconds',
        () => ({ expirationSeconds: 2 ** 32 + 1 }),
        422,
        'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
      ],
      ['for a pod that is not there', () => bound('Pod', 'absent'), 404, 'pods "absent" not found'],
      [
        'for a pod of another uid',
        () => bound('Pod', 'web', 'other'),
        409,
        'Operation cannot be fulfilled on Pod "web": the UID in the bound object reference (other) does not match the UID in record. The object might have been deleted and then recreated',
      ],
      [
        'for an object of another Kind',
        () => ({ boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } }),
        400,
        'cannot bind token to object of type apps/v1, Kind=Deployment',
      ],
    ];
    for (const [what, spec, code, message] of cases)
      it(what, async () => {
        const answer = await ask(spec());
        expect(answer.body.message).to.equal(message);
        expect(answer.code).to.equal(code);
      });

    it('for an account that is not there', async () => {
      const { code, body } = await ask({}, undefined, 'absent');
      expect([code, body.message]).to.deep.equal([404, 'serviceaccounts "absent" not found']);
    });

    it('for a pod of another account', async () => {
      await create('serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'other' },
      });
      const { code, body } = await ask(bound('Pod', 'web'), undefined, 'other');
      expect(code).to.equal(400);
      expect(body.message).to.equal(
        'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
      );
    });
  });

  describe('of a node', () => {
    const refusal = async (spec: object) => {
      const { code, body } = await ask(spec, node);
      return `${code} ${body.message}`;
    };
    const start = '403 serviceaccounts "builder" is forbidden: ';

    it('are for its own pods', async () => {
      expect((await ask(bound('Pod', 'web', uids.pod), node)).code).to.equal(201);
      const { metadata } = await server.must('GET', '/api/v1/namespaces/default/pods/elsewhere');
      expect(await refusal(bound('Pod', 'elsewhere', metadata.uid))).to.equal(
        `${start}node requested token bound to a pod scheduled on a different node`,
      );
    });

    it('are bound to the pod, by its uid', async () => {
      expect(await refusal({})).to.equal(`${start}node requested token not bound to a pod`);
      expect(await refusal(bound('Secret', 'key'))).to.equal(
        `${start}node requested token not bound to a pod`,
      );
      expect(await refusal(bound('Pod', 'web'))).to.equal(
        `${start}node requested token with a pod binding without a uid`,
      );
      expect(await refusal(bound('Pod', 'web', 'other'))).to.match(/the UID in the bound object reference/);
    });
  });
});
