// What pod security says of itself at /metrics, under upstream's names (k8s.io/pod-security-admission/metrics).

import { LabelledCounter, type MetricFamily } from '../../metrics/index.ts';
import { versionInfo } from '../../non-resource.ts';
import { type LevelVersion, latest, type Mode, versionText } from './policy.ts';

/** Which request it was about. */
export interface CountedRequest extends Readonly<Record<string, string>> {
  request_operation: 'create' | 'update';
  resource: 'pod' | 'controller';
  subresource: string;
}

type Evaluation = CountedRequest & {
  decision: 'allow' | 'deny';
  policy_level: string;
  policy_version: string;
  mode: Mode;
};

const operations = ['create', 'update'] as const;
const subjects = ['pod', 'controller'] as const;
const ours = Number(versionInfo.minor);

export class PodSecurityMetrics {
  private readonly evaluations = new LabelledCounter<Evaluation>({
    name: 'pod_security_evaluations_total',
    help: 'Number of policy evaluations that occurred, not counting ignored or exempt requests.',
    known: operations.map((request_operation) =>
      evaluation('allow', { level: 'privileged', minor: latest }, 'enforce', {
        ...{ request_operation, resource: 'pod', subresource: '' },
      }),
    ),
  });
  private readonly exemptions = new LabelledCounter<CountedRequest>({
    name: 'pod_security_exemptions_total',
    help: 'Number of exempt requests, not counting ignored or out of scope requests.',
    known: subjects.flatMap((resource) =>
      operations.map((request_operation) => ({ request_operation, resource, subresource: '' })),
    ),
  });
  private readonly errors = new LabelledCounter<CountedRequest & { fatal: string }>({
    name: 'pod_security_errors_total',
    help: 'Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.',
  });

  evaluated(
    decision: Evaluation['decision'],
    level: LevelVersion,
    mode: Mode,
    request: CountedRequest,
  ): void {
    this.evaluations.add(evaluation(decision, level, mode, request));
  }

  exempted(request: CountedRequest): void {
    this.exemptions.add(request);
  }

  failed(fatal: boolean, request: CountedRequest): void {
    this.errors.add({ fatal: String(fatal), ...request });
  }

  families(): MetricFamily[] {
    return [this.evaluations, this.exemptions, this.errors];
  }
}

function evaluation(
  decision: Evaluation['decision'],
  { level, minor }: LevelVersion,
  mode: Mode,
  request: CountedRequest,
): Evaluation {
  const isLatest = minor === latest || level === 'privileged';
  const policy_version = isLatest ? 'latest' : minor > ours ? 'future' : versionText(minor);
  return { decision, policy_level: level, policy_version, mode, ...request };
}
