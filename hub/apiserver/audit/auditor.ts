// Where a request's way into the audit log begins, at either door.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../shared/base/index.ts';
import type { MetricFamily } from '../metrics/index.ts';
import type { UserInfo } from '../request.ts';
import { type OtherPath, parseRestPath, type ResourcePath } from '../rest-path.ts';
import type { JsonTexts } from '../serialise.ts';
import type { AuditLog } from './audit-log.ts';
import { type AuditPolicy, type Level, levels, scopeOf } from './audit-policy.ts';
import { AuditTrail } from './audit-trail.ts';

export interface AuditorOptions {
  policy: AuditPolicy;
  log: AuditLog;
  texts: Pick<JsonTexts, 'text'>;
  clock: Clock;
}

/** A request as it comes in. */
export interface Opening {
  method: string;
  /** With its query. */
  path: string;
  user: UserInfo;
  sourceIps: readonly string[];
  userAgent?: string | undefined;
  /** What the client calls it; absent: it is given an id. */
  id?: string | undefined;
}

const longestUserAgent = 1024;

export class Auditor {
  private readonly options: AuditorOptions;
  private readonly requests = new Map<Level, number>();

  constructor(options: AuditorOptions) {
    this.options = options;
  }

  /** A request has come: it is followed also where the policy wants nothing of it, for it has an id. */
  begin(opening: Opening): AuditTrail {
    const trail = this.trail(opening);
    trail.receives();
    return trail;
  }

  /** The same for one whose author is not let in: there is only its refusal. */
  trail({ method, path: uri, user, sourceIps, userAgent = '', id }: Opening): AuditTrail {
    const { policy, log, texts, clock } = this.options;
    const path = pathOf(method, uri);
    const scope = scopeOf(policy, user, path);
    this.requests.set(scope.level, (this.requests.get(scope.level) ?? 0) + 1);
    return new AuditTrail({
      ...{ scope, path, uri, user, sourceIps, id: id || randomUUID() },
      userAgent:
        userAgent.length > longestUserAgent
          ? `${userAgent.slice(0, longestUserAgent)}...TRUNCATED`
          : userAgent,
      now: () => clock.now(),
      text: (value) => texts.text(value),
      write: (line) => log.take(line),
    });
  }

  /** Under upstream's names. */
  families(): MetricFamily[] {
    return [
      ...this.options.log.families(),
      {
        name: 'apiserver_audit_level_total',
        help: 'Counter of policy levels for audit events (1 per request).',
        type: 'counter',
        samples: () => levels.map((level) => ({ labels: { level }, value: this.requests.get(level) ?? 0 })),
      },
    ];
  }
}

/** A path that cannot be read is logged as it stands. */
function pathOf(method: string, uri: string): ResourcePath | OtherPath {
  try {
    return parseRestPath(method, uri);
  } catch {
    const [path = ''] = uri.split('?');
    return { type: 'other', verb: method.toLowerCase(), path, query: new URLSearchParams() };
  }
}
