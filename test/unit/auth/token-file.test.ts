// The static token file: kube-apiserver's form.

import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import {
  authenticateWith,
  parseTokenFile,
  tokenFileAuthenticator,
} from '../../../hub/apiserver/auth/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';

describe('token file', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'kelp-tokens-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('reads users with uid and groups, and passes over comments and empty lines', () => {
    const { users, faults } = parseTokenFile('# people\n\nt0ken,ada,1,"ops,dev"\nplain,bob\n');
    expect([...users.values()]).to.deep.equal([
      { name: 'ada', uid: '1', groups: ['ops', 'dev'] },
      { name: 'bob', groups: [] },
    ]);
    expect(faults).to.deep.equal([]);
  });

  it('names the line that it cannot read, and reads the others', () => {
    const { users, faults } = parseTokenFile('only-a-token\ngood,ada\n');
    expect(users.size).to.equal(1);
    expect(faults).to.deep.equal(['line 1: wants token,user,uid and perhaps "group1,group2"']);
  });

  it('knows a token as soon as it stands in the file, and no longer than that', async () => {
    const path = join(directory, 'tokens.csv');
    writeFileSync(path, 'first,ada\n');
    const authenticate = authenticateWith([tokenFileAuthenticator({ path, log: pino({ level: 'silent' }) })]);
    expect(await authenticate({ token: 'first' })).to.deep.include({
      name: 'ada',
      groups: ['system:authenticated'],
    });
    writeFileSync(path, 'second,bob\n');
    utimesSync(path, new Date(), new Date(Date.now() + 5000));
    expect(await authenticate({ token: 'second' })).to.include({ name: 'bob' });
    const refused = await authenticate({ token: 'first' }).catch((error) => error);
    expect(ApiError.is(refused, 'Unauthorized')).to.equal(true);
  });

  it('takes somebody who shows nothing for anonymous', async () => {
    const authenticate = authenticateWith([]);
    expect(await authenticate({})).to.deep.equal({
      name: 'system:anonymous',
      groups: ['system:unauthenticated'],
    });
  });
});
