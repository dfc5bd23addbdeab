// A command's dealings with one cluster: requests whose warnings are shown, discovery, and the namespace to work in.

import type { Api, CallOptions } from './api.ts';
import type { Terminal } from './command.ts';
import { Discovery } from './discovery/index.ts';
import { withApi } from './flags.ts';
import type { AccessFlags } from './kubeconfig.ts';
import { compactJson } from './printers/go-json.ts';

export class Session {
  readonly api: Api;
  readonly discovery: Discovery;
  readonly terminal: Terminal;
  /** From the flag, else from the context, else `default`. */
  readonly namespace: string;
  /** Objects must be in that namespace: the flag named it. */
  readonly namespaceIsForced: boolean;
  private readonly warned = new Set<string>();

  constructor({ api, flags, terminal }: { api: Api; flags: AccessFlags; terminal: Terminal }) {
    this.api = api;
    this.terminal = terminal;
    this.discovery = new Discovery({ api });
    this.namespace = api.access.namespace;
    this.namespaceIsForced = flags.namespace !== undefined;
  }

  /** The decoded answer. Throws ApiError for a Status of failure. */
  async call(path: string, options: CallOptions = {}): Promise<unknown> {
    const sent = options.body === undefined ? {} : { body: compactJson(options.body) };
    const { body, warnings } = await this.api.call(path, {
      signal: this.terminal.interrupted,
      ...options,
      ...sent,
    });
    for (const warning of warnings) this.warn(warning);
    return body;
  }

  /** One line on stderr, each text once. */
  warn(text: string): void {
    if (this.warned.has(text)) return;
    this.warned.add(text);
    this.terminal.err.write(`Warning: ${text}\n`);
  }

  write(text: string): void {
    if (text) this.terminal.out.write(text);
  }

  tell(line: string): void {
    this.terminal.err.write(`${line}\n`);
  }
}

export function withSession<T>(
  flags: AccessFlags,
  terminal: Terminal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withApi(flags, terminal, (api) => work(new Session({ api, flags, terminal })));
}
