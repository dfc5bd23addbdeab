// Which hub is behind a URL, and where its broker listens.

import { expect } from 'chai';
import { clusterInfoHubs, hubAt } from '../../../shared/bus/index.ts';

const hub = (host: string, httpsPort: number, mqttPort: number) => ({ host, httpsPort, mqttPort });

describe('cluster-info', () => {
  it('of a hub that is alone', () => {
    const data = { mqttPort: '8883', advertise: '192.0.2.1' };
    expect(hubAt(data, 'https://hub.local:6443')).to.deep.equal(hub('192.0.2.1', 6443, 8883));
    expect(hubAt({ mqttPort: '8883' }, 'https://hub.local')).to.deep.equal(hub('hub.local', 443, 8883));
    expect(hubAt(undefined, 'https://h:1')).to.equal(undefined);
    expect(hubAt({}, 'https://h:1')).to.equal(undefined);
    expect(hubAt({ mqttPort: 'x' }, 'https://h:1')).to.equal(undefined);
  });

  it('of several: by its name and port, or by its port where it is called otherwise', () => {
    const hubs = [hub('192.0.2.1', 6443, 8883), hub('192.0.2.2', 6443, 8884), hub('192.0.2.2', 7443, 8885)];
    const data = { hubs: clusterInfoHubs(hubs) };
    expect(hubAt(data, 'https://192.0.2.2:6443')).to.deep.equal(hubs[1]);
    expect(hubAt(data, 'https://127.0.0.1:7443')).to.deep.equal(hubs[2]);
    expect(hubAt(data, 'https://127.0.0.1:6443')).to.deep.equal(hubs[0]);
  });

  it('that somebody has spoiled counts for nothing', () => {
    for (const hubs of ['{', '{}', '[{"host":1}]'])
      expect(hubAt({ hubs, mqttPort: '1' }, 'https://h:2')).to.deep.equal(hub('h', 2, 1));
  });
});
