// The audit log of a hub, as its options want it.

import type { Writable } from 'node:stream';
import { type Clock, type Logger, type Part, UserError } from '../shared/base/index.ts';
import type { JsonTexts } from './apiserver/index.ts';
import { AuditLog, Auditor, type LineFile, RotatingFile, readAuditPolicy } from './apiserver/index.ts';
import type { HubConfig } from './config.ts';

export interface AuditOptions {
  config: Pick<
    HubConfig,
    'auditPolicyFile' | 'auditLogPath' | 'auditLogMaxAge' | 'auditLogMaxBackup' | 'auditLogMaxSize'
  >;
  texts: Pick<JsonTexts, 'text'>;
  clock: Clock;
  log: Logger;
}

const mebibyte = 1024 * 1024;
const day = 24 * 3_600_000;

/** Undefined: nobody wants one. Throws UserError for a policy that is none, and a file that cannot be written. */
export async function auditOf({
  config,
  texts,
  clock,
  log,
}: AuditOptions): Promise<{ auditor: Auditor; part: Part } | undefined> {
  const { auditPolicyFile, auditLogPath } = config;
  if (!auditPolicyFile && !auditLogPath) return undefined;
  if (!auditLogPath) throw new UserError('auditPolicyFile: there is no log for it: set auditLogPath too');
  if (!auditPolicyFile)
    throw new UserError('auditLogPath: nothing says what is to be logged: set auditPolicyFile too');
  const policy = await readAuditPolicy(auditPolicyFile);
  const lines = new AuditLog({ file: await fileOf(config, clock), clock, log });
  const auditor = new Auditor({ policy, log: lines, texts, clock });
  return { auditor, part: { name: 'audit log', stop: () => lines.stop() } };
}

async function fileOf(
  { auditLogPath: path, auditLogMaxAge, auditLogMaxBackup, auditLogMaxSize }: AuditOptions['config'],
  clock: Clock,
): Promise<LineFile> {
  if (path === '-') return linesTo(process.stdout);
  const file = new RotatingFile({
    ...{ path, clock },
    maxBytes: auditLogMaxSize * mebibyte,
    maxBackups: auditLogMaxBackup,
    maxAge: auditLogMaxAge * day,
  });
  await file.open().catch((cause: Error) => {
    throw new UserError(`auditLogPath: ${cause.message}`, { cause });
  });
  return file;
}

function linesTo(stream: Writable): LineFile {
  return {
    append: (lines) =>
      new Promise((resolve, reject) => {
        stream.write(lines.join(''), (error) => (error ? reject(error) : resolve()));
      }),
    close: async () => {},
  };
}
