// Flags that all commands share which speak to a cluster.

import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { Api } from './api.ts';
import type { Terminal } from './command.ts';
import { type AccessFlags, loadAccess } from './kubeconfig.ts';

export function clusterFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig to use instead of $KUBECONFIG or $KELP_HOME/admin.kubeconfig')
    .option('--context <name>', 'context of the kubeconfig to use')
    .option('--cluster <name>', "cluster of the kubeconfig to use, instead of the context's")
    .option('--user <name>', "user of the kubeconfig to use, instead of the context's")
    .option('-s, --server <url>', 'address of the API, https://HOST:PORT')
    .option('--certificate-authority <file>', "CA that the server's certificate is checked against")
    .option('--insecure-skip-tls-verify', "take the server's certificate as it is")
    .option('--token <token>', 'bearer token to be known by')
    .option('--as <user>', 'act as this user')
    .option('--as-group <group>', 'act as one of this group; may be repeated', repeated)
    .option('--request-timeout <duration>', 'how long an answer may take; 0: as long as is usual');
}

/** The cluster's flags and a namespace. */
export function namespaceFlags(command: Command): Command {
  return clusterFlags(command).option(
    '-n, --namespace <name>',
    "namespace to work in, instead of the context's",
  );
}

/** A flag that is on unless `=false` is said (or the other way round): `--wait`, `--wait=false`. */
export function booleanFlag(command: Command, flag: string, description: string, initial: boolean): Command {
  const option = new Option(`${flag} [bool]`, description).default(initial).argParser(parseBoolean);
  return command.addOption(option.preset('true'));
}

function parseBoolean(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new InvalidArgumentError(`"${text}" is neither true nor false.`);
}

/** A whole number, for `option(…, wholeNumber)`. */
export function wholeNumber(text: string): number {
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`"${text}" is no whole number.`);
}

/** A value for each time that the flag is given. */
function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** A list that may be given at once with commas, or by repeating the flag. */
export function listed(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(',')];
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
