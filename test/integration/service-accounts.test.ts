// Service accounts with the kubectls that are here: tokens asked for and tokens in Secrets, believed at both doors' API.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { secrets } from '../../shared/api/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { createClient } from '../../shared/client/index.ts';
import { ApiError } from '../../shared/machinery/index.ts';
import { eventually, kubectls, run, TestCluster } from '../support/cluster.ts';

const account = 'system:serviceaccount:default:builder';

describe('service accounts', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  const [kubectl] = kubectls().slice(-1);

  before(async function () {
    if (!kubectl) return this.skip();
    await cluster.startHub();
  });
  after(() => cluster.close());

  async function asAdmin(args: string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await run(
      kubectl?.path ?? '',
      ['--kubeconfig', cluster.kubeconfig, '--cache-dir', join(cluster.directory, 'cache'), ...args],
      input === undefined ? {} : { input },
    );
    expect(code, stderr).to.equal(0);
    return stdout.trim();
  }

  /** What the API says to a bearer of the token who wants what no service account may. */
  async function saidTo(token: string): Promise<string> {
    const transport = new HttpTransport({ server: cluster.server, ca: cluster.ca, token });
    try {
      await createClient(transport).list(secrets, { namespace: 'default' });
      return 'here they are';
    } catch (error) {
      return error instanceof ApiError ? error.message : String(error);
    } finally {
      transport.close();
    }
  }

  const forbidden = `secrets is forbidden: User "${account}" cannot list resource "secrets" in API group "" in the namespace "default"`;

  it('get a key of their own, for the hub alone to read', () => {
    const path = join(cluster.hubDirectory, 'pki/sa.key');
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readFileSync(path, 'utf8')).to.match(/^-----BEGIN PRIVATE KEY-----/);
  });

  it('are given tokens by kubectl create token, until the account is gone', async () => {
    await asAdmin(['create', 'serviceaccount', 'builder']);
    const token = await asAdmin(['create', 'token', 'builder', '--duration', '20m']);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.exp - claims.iat).to.equal(1200);
    expect(await saidTo(token)).to.equal(forbidden);
    await asAdmin(['delete', 'serviceaccount', 'builder']);
    expect(await saidTo(token)).to.equal('Unauthorized');
  });

  it('have tokens in Secrets, which go with them', async () => {
    await asAdmin(['create', 'serviceaccount', 'builder']);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'key', annotations: { 'kubernetes.io/service-account.name': 'builder' } },
      type: 'kubernetes.io/service-account-token',
    };
    await asAdmin(['apply', '-f', '-'], JSON.stringify(secret));
    const filled = await eventually('a filled Secret', async () => {
      const found = JSON.parse(await asAdmin(['get', 'secret', 'key', '-o', 'json']));
      return found.data?.token ? found : undefined;
    });
    const text = (key: string) => Buffer.from(filled.data[key], 'base64').toString();
    const uid = await asAdmin(['get', 'serviceaccount', 'builder', '-o', 'jsonpath={.metadata.uid}']);
    expect(filled.metadata.annotations['kubernetes.io/service-account.uid']).to.equal(uid);
    expect(text('namespace')).to.equal('default');
    expect(text('ca.crt')).to.equal(cluster.ca);
    expect(await saidTo(text('token'))).to.equal(forbidden);
    await asAdmin(['delete', 'serviceaccount', 'builder']);
    expect(await saidTo(text('token'))).to.equal('Unauthorized');
    await eventually('the Secret is gone', async () =>
      (await asAdmin(['get', 'secrets', '-o', 'name'])) === '' ? true : undefined,
    );
  });

  it('are good after a restart of the hub', async () => {
    const token = await asAdmin(['create', 'token', 'default']);
    await cluster.hub.stop();
    await cluster.startHub();
    expect(await saidTo(token)).to.contain('User "system:serviceaccount:default:default" cannot list');
  });

  it('publish how their tokens are verified', async () => {
    const configuration = JSON.parse(await asAdmin(['get', '--raw', '/.well-known/openid-configuration']));
    expect(configuration.issuer).to.equal('https://kubernetes.default.svc.cluster.local');
    expect(configuration.jwks_uri).to.match(/^https:\/\/.*\/openid\/v1\/jwks$/);
    const { keys } = JSON.parse(await asAdmin(['get', '--raw', '/openid/v1/jwks']));
    expect(keys).to.have.length(1);
    expect(keys[0]).to.include({ use: 'sig', kty: 'EC', crv: 'P-256', alg: 'ES256' });
  });
});
