// What a hub says of itself at /metrics, beside its process and its requests.

import { type MetricFamily, single } from './apiserver/index.ts';
import type { ScheduledBackups } from './backup/index.ts';
import type { Broker } from './broker/index.ts';
import type { Store } from './store/index.ts';

export interface MeasuredParts {
  store: Store;
  broker: Pick<Broker, 'traffic' | 'connections'>;
  backups: Pick<ScheduledBackups, 'counts' | 'last'>;
}

export function hubMetrics({ store, broker, backups }: MeasuredParts): MetricFamily[] {
  const { traffic } = broker;
  return [
    single(
      'counter',
      'kelp_store_bytes_written_total',
      'Bytes written to disk by the store since the start: appends and compactions.',
      () => store.bytesWritten,
    ),
    single('gauge', 'kelp_store_revision', 'Revision of the newest commit.', () => store.revision),
    {
      name: 'kelp_backups_total',
      help: 'Backups that this hub was to write of itself since the start, by what became of them.',
      type: 'counter',
      samples: () => [
        { labels: { outcome: 'succeeded' }, value: backups.counts.succeeded },
        { labels: { outcome: 'failed' }, value: backups.counts.failed },
      ],
    },
    single(
      'gauge',
      'kelp_backup_last_success_timestamp_seconds',
      'When the last of them succeeded; 0: none has since the start.',
      () => backups.last.at,
    ),
    single('gauge', 'kelp_backup_last_size_bytes', 'Bytes of that one.', () => backups.last.bytes),
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
