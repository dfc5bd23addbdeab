// What a hub says of itself at /metrics, beside its process and its requests.

import { type MetricFamily, single } from './apiserver/index.ts';
import type { Broker } from './broker/index.ts';
import type { Store } from './store/index.ts';

export interface MeasuredParts {
  store: Store;
  broker: Pick<Broker, 'traffic' | 'connections'>;
}

export function hubMetrics({ store, broker }: MeasuredParts): MetricFamily[] {
  const { traffic } = broker;
  return [
    single(
      'counter',
      'kelp_store_bytes_written_total',
      'Bytes written to disk by the store since the start: appends and compactions.',
      () => store.bytesWritten,
    ),
    single('gauge', 'kelp_store_revision', 'Revision of the newest commit.', () => store.revision),
    single('gauge', 'kelp_mqtt_connections', 'MQTT clients that are connected.', () => broker.connections),
    {
      name: 'kelp_mqtt_connects_total',
      help: 'MQTT connections since the start, by what became of them.',
      type: 'counter',
      samples: () => [
        { labels: { outcome: 'accepted' }, value: traffic.accepted },
        { labels: { outcome: 'refused' }, value: traffic.refused },
      ],
    },
    {
      name: 'kelp_mqtt_messages_total',
      help: 'MQTT messages received from clients and sent to them.',
      type: 'counter',
      samples: () => [
        { labels: { direction: 'received' }, value: traffic.received },
        { labels: { direction: 'sent' }, value: traffic.sent },
      ],
    },
    {
      name: 'kelp_mqtt_message_bytes_total',
      help: 'Payload bytes of MQTT messages received from clients, and bytes of those sent to them.',
      type: 'counter',
      samples: () => [
        { labels: { direction: 'received' }, value: traffic.receivedBytes },
        { labels: { direction: 'sent' }, value: traffic.sentBytes },
      ],
    },
  ];
}
