// The ways to the API that there are without agents: within the process, and over HTTPS.

import { HttpDoor } from '../../hub/apiserver/http/index.ts';
import { createLog } from '../../shared/base/index.ts';
import { HttpTransport } from '../../shared/client/http/index.ts';
import { admin, startApiServer } from '../support/apiserver.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { transportContract } from './transport.contract.ts';

transportContract(
  'the process itself',
  async () => {
    const { api, stop } = await startApiServer();
    const transport = api.transport({ user: admin });
    return { transport, beside: transport, close: stop };
  },
  { breaks: false },
);

let certificates: Promise<TestCertificates> | undefined;

transportContract(
  'HTTPS',
  async () => {
    certificates ??= makeCertificates();
    const { ca, server } = await certificates;
    const { api, stop } = await startApiServer();
    const openDoor = async (port: number) => {
      const door = new HttpDoor({
        handle: (request) => api.handle(request),
        authenticate: async () => admin,
        texts: api.texts,
        server,
        ca: ca.certificate,
        bind: '127.0.0.1',
        port,
        log: createLog('test', 'silent'),
      });
      await door.start();
      return door;
    };
    let door = await openDoor(0);
    const { port } = door;
    const transport = new HttpTransport({ server: `https://127.0.0.1:${port}`, ca: ca.certificate });
    return {
      transport,
      beside: api.transport({ user: admin }),
      interrupt: async (meanwhile) => {
        await door.stop();
        await meanwhile();
        door = await openDoor(port);
      },
      close: async () => {
        transport.close();
        await door.stop();
        await stop();
      },
    };
  },
  { breaks: true },
);
