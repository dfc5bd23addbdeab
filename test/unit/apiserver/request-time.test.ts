import { expect } from 'chai';
import { waitLimit } from '../../../hub/apiserver/request-time.ts';
import { parseRestPath } from '../../../hub/apiserver/rest-path.ts';
import { admin, startApiServer } from '../../support/apiserver.ts';

describe('the time of a request', () => {
  const maps = '/api/v1/namespaces/default/configmaps';

  it('is what it asks for: then it is told that it has not come to its end', async () => {
    const server = await startApiServer({ authorize: () => new Promise(() => undefined) });
    const answer = server.ask('GET', `${maps}?timeout=2s`);
    await server.clock.advance(2_000);
    const { code, body } = await answer;
    expect([code, body.reason]).to.eql([504, 'Timeout']);
    expect(body.message).to.equal(
      'Timeout: request did not complete within requested timeout - context deadline exceeded',
    );
    await server.stop();
  });

  it('is a minute where it asks for none, also of what is no resource, but not of what goes on', async () => {
    const server = await startApiServer({ authorize: () => new Promise(() => undefined) });
    const first = server.ask('GET', maps);
    const watch = server.handle('GET', `${maps}?watch=1`);
    await server.clock.advance(30_000);
    const second = server.ask('GET', '/version');
    await server.clock.advance(30_000);
    expect((await first).code).to.equal(504);
    const unfinished = Promise.resolve('unfinished');
    expect(await Promise.race([second, unfinished])).to.equal('unfinished');
    await server.clock.advance(30_000);
    expect((await second).code).to.equal(504);
    expect(await Promise.race([watch, unfinished])).to.equal('unfinished');
    await server.stop();
  });

  it('is over for a body that does not come to its end', async () => {
    const server = await startApiServer();
    const read = () => new Promise<never>(() => undefined);
    const answer = server.api.handle({ method: 'POST', path: maps, user: admin, read });
    await server.clock.advance(60_000);
    expect(await answer).to.include({ type: 'object', code: 504 });
    await server.stop();
  });

  it('is refused where it is no duration, also of what is no resource', async () => {
    const server = await startApiServer();
    for (const path of [maps, '/version']) {
      const { code, body } = await server.ask('GET', `${path}?timeout=invalid`);
      expect([code, body.message]).to.eql([
        400,
        'invalid timeout specified in the request URL - time: invalid duration "invalid"',
      ]);
    }
    const watching = await server.handle('GET', `${maps}?watch=1&timeout=invalid`);
    expect(watching.type).to.equal('watch');
    await server.stop();
  });

  it('is spent on waiting for a turn to a quarter', () => {
    const of = (query: string) => waitLimit(parseRestPath('GET', `${maps}?${query}`));
    expect(of('')).to.equal(15_000);
    expect(of('timeout=20s')).to.equal(5_000);
    expect(of('timeout=1h')).to.equal(15_000);
    for (const odd of ['timeout=-1s', 'timeout=0', 'watch=1&timeout=x'])
      expect(of(odd), odd).to.equal(15_000);
  });
});
