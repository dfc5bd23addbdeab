import { expect } from 'chai';
import { parseEtcdAddress, parseEtcdUserFile } from '../../../hub/store/etcd/address.ts';
import { UserError } from '../../../shared/base/index.ts';

describe('an address of etcd', () => {
  it('names endpoints, encryption, a user and a prefix', () => {
    expect(parseEtcdAddress('etcd://one')).to.deep.equal({
      endpoints: ['one:2379'],
      tls: false,
      prefix: '/kelp',
    });
    expect(parseEtcdAddress('etcds://root:a%40b@one:1,10.0.0.2,[fd00::1]:3/clusters/edge/')).to.deep.equal({
      endpoints: ['one:1', '10.0.0.2:2379', '[fd00::1]:3'],
      tls: true,
      user: { name: 'root', password: 'a@b' },
      prefix: '/clusters/edge',
    });
  });

  for (const [text, complaint] of [
    ['etcd:/one', 'must be etcd://host:2379'],
    ['etcd://', '"" is not a host'],
    ['etcd://one,,two', '"" is not a host'],
    ['etcd://one:99999', 'port must be 1–65535'],
    ['etcd://one:0', 'port must be 1–65535'],
    ['etcd://one:port', '"one:port" is not a host'],
    ['etcd://root@one', 'must be name:password'],
    ['etcd://root:%zz@one', 'percent-encoded'],
    ['etcd://one?a=b', '"one?a=b" is not a host'],
    ['etcd://one/a?b', 'must be etcd://host:2379'],
    ['one:2379', 'must be etcd://host:2379'],
  ] as const) {
    it(`is refused as ${text}`, () => {
      expect(() => parseEtcdAddress(text)).to.throw(UserError, complaint);
    });
  }

  it('is not shown with its password', () => {
    for (const text of ['etcd://root:secret@one?', 'etcd://root:a@secret@one', 'etcd://root:a/secret@one']) {
      expect(() => parseEtcdAddress(text))
        .to.throw(UserError)
        .and.satisfy((error: UserError) => !error.message.includes('secret'));
    }
  });

  it('takes a user from a file of one line', () => {
    expect(parseEtcdUserFile('root:pass:word %\n', 'f')).to.deep.equal({
      name: 'root',
      password: 'pass:word %',
    });
    for (const wrong of ['', 'root', 'root:', ':x', 'root:a\nb']) {
      expect(() => parseEtcdUserFile(wrong, 'the-file')).to.throw(UserError, 'the-file');
    }
  });
});
