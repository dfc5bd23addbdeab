import { expect } from 'chai';
import { impersonate, impersonationOf } from '../../../hub/apiserver/auth/index.ts';
import type { AccessReview, UserInfo } from '../../../hub/apiserver/index.ts';
import { ApiError } from '../../../shared/machinery/index.ts';

const caller: UserInfo = { name: 'boss', groups: ['system:authenticated'] };

function wantedBy(headers: Record<string, string | string[]>): UserInfo | undefined {
  const entries = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), [value].flat()] as const,
  );
  return impersonationOf({
    headers: Object.fromEntries(entries.map(([name, values]) => [name, values.join(', ')])),
    headersDistinct: Object.fromEntries(entries.map(([name, values]) => [name, [...values]])),
  });
}

async function actingAs(headers: Record<string, string | string[]>) {
  const asked: AccessReview[] = [];
  const wanted = wantedBy(headers);
  if (!wanted) throw new Error('nobody is named');
  const user = await impersonate(caller, wanted, async (review) => void asked.push(review));
  return { user, asked: asked.map(({ user: _, ...review }) => review) };
}

describe('acting as somebody else', () => {
  it('is not asked for by most', () => {
    expect(wantedBy({ accept: 'application/json' })).to.equal(undefined);
  });

  it('takes the right to be that user, each group and each extra', async () => {
    const { user, asked } = await actingAs({
      'Impersonate-User': 'jane',
      'Impersonate-Group': ['dev, ops', 'admins'],
      'Impersonate-Uid': '7',
      'Impersonate-Extra-example.com%2Fscope': 'view',
    });
    expect(user).to.deep.equal({
      name: 'jane',
      uid: '7',
      groups: ['dev, ops', 'admins', 'system:authenticated'],
      extra: { 'example.com/scope': ['view'] },
    });
    const authentication = { verb: 'impersonate', group: 'authentication.k8s.io' };
    expect(asked).to.deep.equal([
      { verb: 'impersonate', group: '', resource: 'users', name: 'jane' },
      { verb: 'impersonate', group: '', resource: 'groups', name: 'dev, ops' },
      { verb: 'impersonate', group: '', resource: 'groups', name: 'admins' },
      { ...authentication, resource: 'uids', name: '7' },
      { ...authentication, resource: 'userextras', subresource: 'example.com/scope', name: 'view' },
    ]);
  });

  it('gives a service account the groups of its own', async () => {
    const { user, asked } = await actingAs({ 'Impersonate-User': 'system:serviceaccount:shop:till' });
    expect(user.groups).to.deep.equal([
      'system:serviceaccounts',
      'system:serviceaccounts:shop',
      'system:authenticated',
    ]);
    expect(asked).to.deep.equal([
      { verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: 'shop', name: 'till' },
    ]);
  });

  it('leaves nobody known to nobody', async () => {
    const { user } = await actingAs({ 'Impersonate-User': 'system:anonymous' });
    expect(user.groups).to.deep.equal(['system:unauthenticated']);
  });

  it('is refused where the caller may not', async () => {
    const refusal = new ApiError('Forbidden', 'no');
    const asking = impersonate(caller, { name: 'jane', groups: [] }, async () => {
      throw refusal;
    });
    expect(await asking.catch((error) => error)).to.equal(refusal);
  });

  it('needs a user for groups', () => {
    expect(() => wantedBy({ 'Impersonate-Group': 'g' })).to.throw(
      /impersonate-group without impersonating a user/,
    );
  });
});
