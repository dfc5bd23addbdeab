// PodSecurity (KEP-2579): pods are held to the level that their namespace enforces; of those that it only audits or warns of,
// the audit log and the author are told, and so of templates. As k8s.io/pod-security-admission of v1.32.

import { isOf, namespaces, pods, type Subresource } from '../../../../shared/api/index.ts';
import type { Clock } from '../../../../shared/base/index.ts';
import {
  faultText,
  forbidden,
  goErrors,
  internalError,
  type KubeObject,
  type Live,
} from '../../../../shared/machinery/index.ts';
import { isLiveOf } from '../../kind.ts';
import type { ObjectReader } from '../../object-reader.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission-plugin.ts';
import { type CheckedPod, detailsOf, violationsOf } from './checks/index.ts';
import { noConfiguration, type PodSecurityConfiguration } from './configuration.ts';
import { judgeNamespace } from './judge-namespace.ts';
import { type CountedRequest, PodSecurityMetrics } from './pod-security-metrics.ts';
import { checkedPod, hasTemplate, templatedPod } from './pod-specs.ts';
import { isPrivileged, type LevelVersion, levelText, policyOf, prefix } from './policy.ts';
import { isSignificantUpdate } from './significant-update.ts';

export interface PodSecurityOptions {
  reader: ObjectReader;
  clock: Clock;
  /** Absent: nothing holds but what namespaces say. */
  configuration?: PodSecurityConfiguration | undefined;
  /** Absent: nobody asks. */
  metrics?: PodSecurityMetrics | undefined;
}

/** A write of a pod, or of a template. */
interface Write {
  request: AdmissionRequest;
  next: KubeObject;
  old: Live | undefined;
  counted: CountedRequest;
}

type Asked = ReturnType<typeof policyOf>;

/** What is written there is no pod, or changes nothing of what one may do. */
const passedOver: ReadonlySet<Subresource | undefined> = new Set([
  ...(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'] as const),
]);

export class PodSecurity implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  private readonly options: PodSecurityOptions;
  private readonly configuration: PodSecurityConfiguration;
  private readonly metrics: PodSecurityMetrics;

  constructor(options: PodSecurityOptions) {
    this.options = options;
    this.configuration = options.configuration ?? noConfiguration;
    this.metrics = options.metrics ?? new PodSecurityMetrics();
  }

  validate(request: AdmissionRequest, next: KubeObject | undefined, old?: Live): Promise<void> | undefined {
    const { resource, subresource } = request;
    if (!next) return undefined;
    if (isOf(pods, resource, next))
      return passedOver.has(subresource) ? undefined : this.judgePod(writeOf('pod', request, next, old));
    if (subresource) return undefined;
    if (isOf(namespaces, resource, next))
      return judgeNamespace({ ...this.options, configuration: this.configuration }, request, next, old);
    return hasTemplate(resource) ? this.judgeTemplate(writeOf('controller', request, next, old)) : undefined;
  }

  private async judgePod(write: Write): Promise<void> {
    const asked = await this.policyFor(write);
    if (!asked) return;
    const { request, next, old, counted } = write;
    if (asked.found.length === 0 && isPrivileged(asked.policy)) {
      this.metrics.evaluated('allow', asked.policy.enforce, 'enforce', counted);
      annotate(request, 'enforce-policy', 'privileged:latest');
      return;
    }
    if (!isOf(pods, request.resource, next)) return;
    if (old && isLiveOf(pods, old) && !isSignificantUpdate(next, old)) return;
    this.judge(write, asked, checkedPod(next));
  }

  private async judgeTemplate(write: Write): Promise<void> {
    const asked = await this.policyFor(write);
    if (!asked) return;
    const { warn, audit } = asked.policy;
    if (asked.found.length === 0 && warn.level === 'privileged' && audit.level === 'privileged') return;
    this.judge(write, asked, templatedPod(write.request, write.next));
  }

  /** What the namespace asks for, with what is wrong with that; undefined: nothing of this write. */
  private async policyFor({ request, counted }: Write): Promise<Asked | undefined> {
    const { namespace = '', user } = request;
    const { exemptions, defaults } = this.configuration;
    if (exemptions.namespaces.has(namespace)) return this.exempt(request, counted, 'namespace');
    if (exemptions.usernames.has(user.name)) return this.exempt(request, counted, 'user');
    const found = await this.options.reader.get(namespaces, { name: namespace });
    if (found) return policyOf(found.metadata.labels, defaults);
    const why = `failed to lookup namespace "${namespace}"`;
    this.metrics.failed(true, counted);
    annotate(request, 'error', `${why}: namespaces "${namespace}" not found`);
    if (counted.resource === 'pod') throw internalError(why);
    return undefined;
  }

  private exempt(request: AdmissionRequest, counted: CountedRequest, why: string): undefined {
    this.metrics.exempted(counted);
    annotate(request, 'exempt', why);
  }

  /** Throws Forbidden. */
  private judge({ request, next, counted }: Write, { policy, found }: Asked, pod?: CheckedPod): void {
    if (!pod) return;
    const { enforce, audit, warn } = policy;
    if (this.configuration.exemptions.runtimeClasses.has(pod.spec.runtimeClassName ?? '')) {
      this.exempt(request, counted, 'runtimeClass');
      return;
    }
    if (found.length > 0) {
      annotate(request, 'error', `Failed to parse policy: ${goErrors(found.map(faultText))}`);
      this.metrics.failed(false, counted);
    }
    const refused = counted.resource === 'pod' ? against(enforce, pod) : undefined;
    if (counted.resource === 'pod') {
      annotate(request, 'enforce-policy', levelText(enforce));
      this.metrics.evaluated(refused ? 'deny' : 'allow', enforce, 'enforce', counted);
    }
    const audited = against(audit, pod);
    if (audited) {
      annotate(request, 'audit-violations', `would violate PodSecurity ${audited}`);
      this.metrics.evaluated('deny', audit, 'audit', counted);
    }
    if (refused)
      throw forbidden(request.resource, next.metadata?.name ?? '', `violates PodSecurity ${refused}`);
    const warned = against(warn, pod);
    if (!warned) return;
    request.warn?.(`would violate PodSecurity ${warned}`);
    this.metrics.evaluated('deny', warn, 'warn', counted);
  }
}

function writeOf(
  resource: CountedRequest['resource'],
  request: AdmissionRequest,
  next: KubeObject,
  old: Live | undefined,
): Write {
  const { subresource = '' } = request;
  return {
    request,
    next,
    old,
    counted: { request_operation: old ? 'update' : 'create', resource, subresource },
  };
}

/** `"restricted:latest": privileged (…)`; undefined: nothing is against it. */
function against(level: LevelVersion, pod: CheckedPod): string | undefined {
  const violations = violationsOf(level, pod);
  return violations.length > 0 ? `"${levelText(level)}": ${detailsOf(violations)}` : undefined;
}

function annotate({ audit }: AdmissionRequest, key: string, value: string): void {
  audit?.annotate(`${prefix}${key}`, value);
}
