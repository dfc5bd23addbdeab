// "Issue a certificate for a client" of Kubernetes' documentation, walked with openssl and kubectl against a real hub.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  eventually,
  kubectls,
  type RunResult,
  run,
  skipWithout,
  TestCluster,
} from '../../support/cluster.ts';

describe('a certificate for a client', function () {
  this.timeout(60_000);
  const cluster = new TestCluster();
  let program = '';

  before(async function () {
    const [newest] = kubectls().filter(({ version }) => version !== '1.20');
    if (!newest) skipWithout(this, 'kubectl', 'kubernetes-client');
    if ((await run('openssl', ['version']).catch(() => undefined))?.code !== 0)
      skipWithout(this, 'openssl', 'openssl');
    program = newest.path;
    await cluster.startHub();
  });

  after(() => cluster.close());

  const file = (name: string) => join(cluster.directory, name);
  const kubectl = (args: string, input?: string): Promise<RunResult> =>
    run(program, args.split(' '), {
      env: { KUBECONFIG: cluster.kubeconfig, HOME: cluster.directory },
      ...(input !== undefined && { input }),
    });
  const openssl = async (args: string): Promise<string> => {
    const done = await run('openssl', args.split(' '), { cwd: cluster.directory });
    expect(done.code, done.stderr).to.equal(0);
    return done.stdout;
  };

  async function request(name: string, subject: string, more = ''): Promise<RunResult> {
    await openssl(`req -new -key myuser.key -out ${name}.csr -subj ${subject}`);
    const text = readFileSync(file(`${name}.csr`)).toString('base64');
    return kubectl(
      'apply -f -',
      `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: { name: ${name} }
spec:
  request: ${text}
  signerName: kubernetes.io/kube-apiserver-client
  ${more || 'expirationSeconds: 86400\n  usages: [client auth]'}
`,
    );
  }

  const statusOf = async (name: string) =>
    JSON.parse((await kubectl(`get csr ${name} -o json`)).stdout).status;

  it('is asked for, approved, signed, and lets its owner in', async () => {
    await openssl('genrsa -out myuser.key 2048');
    const asked = await request('myuser', '/CN=myuser/O=system:masters-not/O=devs');
    expect(asked.stdout, asked.stderr).to.equal(
      'certificatesigningrequest.certificates.k8s.io/myuser created\n',
    );
    expect((await kubectl('get csr myuser --no-headers')).stdout).to.match(
      /^myuser +\d+s +kubernetes.io\/kube-apiserver-client +\S+ +24h +Pending\n$/,
    );
    expect((await kubectl('certificate approve myuser')).stdout).to.equal(
      'certificatesigningrequest.certificates.k8s.io/myuser approved\n',
    );
    const { certificate } = await eventually('the certificate', async () => {
      const status = await statusOf('myuser');
      return status.certificate ? status : undefined;
    });
    await run('tee', [file('myuser.crt')], { input: Buffer.from(certificate, 'base64').toString() });
    const text = await openssl('x509 -in myuser.crt -noout -text -enddate -checkend 86000');
    expect(text).to.contain('TLS Web Client Authentication').and.contain('O = devs');

    const who = await run(
      program,
      [
        ...['auth', 'whoami', '-o', 'json'],
        `--client-key=${file('myuser.key')}`,
        `--client-certificate=${file('myuser.crt')}`,
        ...['--server', cluster.server, '--certificate-authority', cluster.caFile],
      ],
      { env: { KUBECONFIG: '/dev/null', HOME: cluster.directory } },
    );
    expect(who.code, who.stderr).to.equal(0);
    const { userInfo } = JSON.parse(who.stdout).status;
    expect(userInfo.username).to.equal('myuser');
    expect(userInfo.groups).to.have.members(['system:masters-not', 'devs', 'system:authenticated']);
  });

  it('fails where the signer does not sign such a thing, and says why', async () => {
    await request('server', '/CN=myuser', 'usages: [server auth]');
    await kubectl('certificate approve server');
    const failed = await eventually('the refusal', async () => {
      const { conditions } = await statusOf('server');
      return conditions.find(({ type }: { type: string }) => type === 'Failed');
    });
    expect(failed).to.include({
      reason: 'SignerValidationFailure',
      message: 'invalid usage for client certificate: server auth',
    });
    expect((await kubectl('get csr server --no-headers')).stdout).to.contain('Approved,Failed');
  });

  it('is refused to whoever asks for the group of administrators, or of hubs', async () => {
    for (const group of ['system:masters', 'system:kelp-hubs']) {
      const { code, stderr } = await request('mighty', `/CN=myuser/O=${group}`);
      expect(code).to.equal(1);
      expect(stderr).to.contain(
        `certificatesigningrequests.certificates.k8s.io "mighty" is forbidden: use of kubernetes.io/kube-apiserver-client signer with ${group} group is not allowed`,
      );
    }
  });

  it('is refused for less than ten minutes', async () => {
    const { stderr } = await request(
      'short',
      '/CN=myuser',
      'expirationSeconds: 599\n  usages: [client auth]',
    );
    expect(stderr).to.contain('may not specify a duration less than 600 seconds (10 minutes)');
  });
});
