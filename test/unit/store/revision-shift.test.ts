import { expect } from 'chai';
import fc from 'fast-check';
import { RevisionShift } from '../../../hub/store/etcd/revision-shift.ts';

/** As etcd compares. */
function holds(result: string, modRevision: number, wanted: number): boolean {
  if (result === 'Equal') return modRevision === wanted;
  return result === 'Less' ? modRevision < wanted : modRevision > wanted;
}

describe('revisions that are ahead of etcd’s', () => {
  it('are compared as if etcd had counted so', () => {
    const results = fc.constantFrom('Equal', 'Less', 'Greater' as const);
    fc.assert(
      fc.property(fc.nat(50), fc.nat(60), fc.nat(120), results, (offset, counted, wanted, result) => {
        const ours = counted === 0 ? 0 : counted + offset;
        const compare = { target: 'Mod', result, key: Buffer.from('k'), mod_revision: wanted } as never;
        const [shifted] = new RevisionShift(offset).transaction({ compare: [compare] }).compare ?? [];
        expect(holds(result, counted, Number(shifted?.mod_revision))).to.equal(holds(result, ours, wanted));
      }),
      { numRuns: 2_000 },
    );
  });

  it('come and go with the offset, and nothing stays nothing', () => {
    const shift = new RevisionShift(1_000_000_000);
    const kv = { key: Buffer.from('k'), value: Buffer.from('v'), mod_revision: '7' } as never;
    const header = { revision: '9' } as never;
    const { header: ours, kvs } = shift.rangeResponse({ header, kvs: [kv], more: false, count: '1' });
    expect([ours.revision, kvs[0]?.mod_revision]).to.deep.equal(['1000000009', '1000000007']);
    expect(shift.rangeRequest({ revision: '1000000007' }).revision).to.equal(7);
    expect(shift.rangeRequest({ revision: 0 }).revision).to.equal(0);
    expect(shift.toEtcd(1_000_000_008)).to.equal(8);
    const watched = shift.watched({ header, compact_revision: '0', events: [{ type: 'Put', kv }] } as never);
    expect([watched.compact_revision, watched.events[0]?.kv.mod_revision]).to.deep.equal(['0', '1000000007']);
  });
});
