// Which cluster a command is for: --kubeconfig, $KUBECONFIG, $KELP_HOME, in this order.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadAccess } from '../../../hub/cli/kubeconfig.ts';

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

  it('names files beside it', async () => {
    const user = { tokenFile: 'token', 'client-certificate': 'c.crt', 'client-key': join(home, 'c.key') };
    const path = file('files', { path: 'deep/files', user });
    for (const [name, content] of Object.entries({ 'deep/token': 't\n', 'deep/c.crt': 'C', 'c.key': 'K' }))
      writeFileSync(join(home, name), content);
    const access = await loadAccess({ kubeconfig: path }, {});
    expect(access).to.deep.include({ token: 't', certificate: { cert: 'C', key: 'K' } });
  });
});
