// The way to the API over MQTT: a real broker on loopback, TLS, and a connection that is cut.

import { systemClock } from '../../shared/base/index.ts';
import { MqttConnection } from '../../shared/client/index.ts';
import { makeCertificates, type TestCertificates } from '../support/certificates.ts';
import { MqttHub } from '../support/mqtt-hub.ts';
import { until } from '../support/until.ts';
import { transportContract } from './transport.contract.ts';

let certificates: Promise<TestCertificates> | undefined;

transportContract('MQTT', async () => {
  certificates ??= makeCertificates();
  const hub = await MqttHub.start({ certificates: await certificates, namespaces: [] });
  const connection = new MqttConnection({
    ...hub.fixture.busOptions('admin'),
    token: 'user:admin',
    backoff: { base: 400, max: 800 },
    clock: systemClock,
  });
  connection.start();
  await connection.connected(AbortSignal.timeout(10_000));
  return {
    transport: connection.transport,
    beside: hub.api.transport({ user: { name: 'beside', groups: ['system:masters'] } }),
    interrupt: async (meanwhile) => {
      hub.broker.peer('admin')?.cut();
      await until('the connection to be gone', () => !hub.broker.peer('admin'));
      await meanwhile();
    },
    close: async () => {
      await connection.stop();
      await hub.stop();
    },
  };
});
