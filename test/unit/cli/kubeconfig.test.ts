// Which cluster a command is for: --kubeconfig, $KUBECONFIG, $KELP_HOME, in this order.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type AccessFlags, identityHeaders, loadAccess } from '../../../hub/cli/kubeconfig.ts';

describe('the kubeconfig of a command', () => {
  const home = mkdtempSync(join(tmpdir(), 'kelp-kubeconfig-'));
  after(() => rmSync(home, { recursive: true, force: true }));

  /** A file with one cluster, one user and one context of that name; answers its path. */
  function file(name: string, { current = name, path = `${name}.yaml`, user = {} } = {}): string {
    const config = {
      'current-context': current,
      clusters: [{ name, cluster: { server: `https://${name}:6443` } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
    };
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), JSON.stringify(config));
    return join(home, path);
  }
  const [one, two] = [file('one'), file('two')];
  const atHome = file('home', { path: 'admin.kubeconfig' });
  const missing = join(home, 'missing');
  const serverOf = async (flags: { kubeconfig?: string; context?: string }, KUBECONFIG = '') =>
    (await loadAccess(flags, { KELP_HOME: home, KUBECONFIG })).server;

  it('is the one of the flag, before those of the environment, before that of the data folder', async () => {
    expect(await serverOf({ kubeconfig: one }, two)).to.equal('https://one:6443');
    expect(await serverOf({}, two)).to.equal('https://two:6443');
    expect(await serverOf({})).to.equal('https://home:6443');
    expect(await serverOf({ kubeconfig: atHome }, missing)).to.equal('https://home:6443');
  });

  it('is what several files have together, of which some may be missing', async () => {
    expect(await serverOf({}, `${missing}:${two}:${one}`)).to.equal('https://two:6443');
    expect(await serverOf({ context: 'one' }, `:${two}:${missing}:${one}`)).to.equal('https://one:6443');
    const none = await loadAccess({}, { KELP_HOME: home, KUBECONFIG: `${missing}:${missing}2` }).catch(
      String,
    );
    expect(none).to.contain(`there is no ${missing}: `);
  });

  it('gives way to the flags, for which there need be none', async () => {
    const flags = {
      server: 'https://flag:1',
      token: 't',
      as: 'bob',
      asGroup: ['a', 'b'],
      requestTimeout: '5',
    };
    const access = await loadAccess(flags, { KELP_HOME: home, KUBECONFIG: missing });
    expect(access).to.deep.include({ server: 'https://flag:1', token: 't', timeout: 5_000, insecure: false });
    expect(identityHeaders(access)).to.deep.include({
      authorization: 'Bearer t',
      'impersonate-user': 'bob',
      'impersonate-group': ['a', 'b'],
    });
    const both = `${one}:${two}`;
    const of = (more: AccessFlags) => loadAccess(more, { KUBECONFIG: both });
    expect((await of({ cluster: 'two' })).server).to.equal('https://two:6443');
    const faults: [AccessFlags, string][] = [
      [{ user: 'none' }, 'there is no user "none"'],
      [{ cluster: 'none' }, 'there is no cluster "none" with a server'],
      [{ server: 'flag:1' }, 'server flag:1: must be the address of a hub'],
      [{ requestTimeout: 'x' }, '--request-timeout x: must be seconds, or a duration'],
    ];
    for (const [wrong, fault] of faults) expect(await of(wrong).catch(String)).to.contain(fault);
  });

  it('names files beside it', async () => {
    const user = { tokenFile: 'token', 'client-certificate': 'c.crt', 'client-key': join(home, 'c.key') };
    const path = file('files', { path: 'deep/files', user });
    for (const [name, content] of Object.entries({ 'deep/token': 't\n', 'deep/c.crt': 'C', 'c.key': 'K' }))
      writeFileSync(join(home, name), content);
    const access = await loadAccess({ kubeconfig: path }, {});
    expect(access).to.deep.include({ token: 't', certificate: { cert: 'C', key: 'K' } });
  });
});
