// `kelp mqtt sub FILTER`: look at what goes over the broker.

import type { CliCommand } from '../command.ts';
import { clusterFlags } from '../flags.ts';

export const mqttCommand: CliCommand = {
  describe(program, terminal) {
    const mqtt = program.command('mqtt').description('Look at what goes over the MQTT broker');
    clusterFlags(
      mqtt
        .command('sub')
        .description('Print matching messages as they come, one a line: topic, space, payload'),
    )
      .argument('<filter>', "an MQTT topic filter, e.g. 'kelp/v1/watch/core/pods/#'")
      .option('--payload-only', 'print no topics (good for jq)')
      .option('-C, --count <n>', 'end after so many messages')
      .action(async (filter: string, flags) => {
        const { subscribe } = await import('./subscribe.ts');
        await subscribe(filter, flags, terminal);
      });
  },
};
