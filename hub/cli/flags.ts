// Flags that all commands share which speak to a cluster.

import type { Command } from 'commander';
import { Api } from './api.ts';
import type { Terminal } from './command.ts';
import { type AccessFlags, loadAccess } from './kubeconfig.ts';

export function clusterFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use instead of $KUBECONFIG or $KELP_HOME/admin.kubeconfig')
    .option('--context <name>', 'context of the kubeconfig to use');
}

/** Runs `work` with a connection to the cluster that the flags name, and closes it. */
export async function withApi<T>(
  flags: AccessFlags,
  terminal: Terminal,
  work: (api: Api) => Promise<T>,
): Promise<T> {
  const api = new Api(await loadAccess(flags, terminal.env));
  try {
    return await work(api);
  } finally {
    api.close();
  }
}
