// PodSecurityConfiguration: what holds for namespaces that say nothing, and whom nothing of it concerns
// (k8s.io/pod-security-admission/admission/api).

import {
  dns1123Label,
  dns1123Subdomain,
  type FieldError,
  type FieldPath,
  faults,
  isRecord,
} from '../../../../shared/machinery/index.ts';
import { anything, type Check, fields, kindFaults, list, text } from '../../config-file.ts';
import {
  type LevelVersion,
  latest,
  levelDetail,
  levelOf,
  type Mode,
  minorOf,
  modes,
  type Policy,
  unbounded,
  versionDetail,
} from './policy.ts';

export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  readonly exemptions: Exemptions;
}

export interface Exemptions {
  readonly usernames: ReadonlySet<string>;
  readonly runtimeClasses: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
}

const nobody: ReadonlySet<string> = new Set();

export const noConfiguration: PodSecurityConfiguration = {
  defaults: unbounded,
  exemptions: { usernames: nobody, runtimeClasses: nobody, namespaces: nobody },
};

const kind = {
  ...{ kind: 'PodSecurityConfiguration', group: 'pod-security.admission.config.k8s.io' },
  versions: ['v1', 'v1beta1', 'v1alpha1'],
};

/** Of what a file says; `at`: where that stands in it. */
export function configurationFaults(content: unknown, at: FieldPath): FieldError[] {
  const wrong = kindFaults(content, kind, at);
  return wrong.length > 0 ? wrong : configuration(content, at);
}

/** What has no faults. */
export function configurationOf(content: unknown): PodSecurityConfiguration {
  const { defaults, exemptions } = recordOf(content);
  const asked = recordOf(defaults);
  const bound = (mode: Mode): LevelVersion => ({
    level: levelOf(textOf(asked[mode])) ?? 'privileged',
    minor: minorOf(textOf(asked[`${mode}-version`])) ?? latest,
  });
  const exempt = recordOf(exemptions);
  const setOf = (value: unknown) => new Set<string>(Array.isArray(value) ? value.map(textOf) : []);
  return {
    defaults: { enforce: bound('enforce'), audit: bound('audit'), warn: bound('warn') },
    exemptions: {
      usernames: setOf(exempt.usernames),
      runtimeClasses: setOf(exempt.runtimeClasses),
      namespaces: setOf(exempt.namespaces),
    },
  };
}

const recordOf = (value: unknown) => (isRecord(value) ? value : {});
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** Text that `is` makes something of; the empty one is the default. */
const read =
  (is: (value: string) => unknown, detail: string): Check =>
  (value, at) => {
    if (typeof value !== 'string') return text(value, at);
    return value === '' || is(value) !== undefined ? [] : [faults.invalid(at, value, detail)];
  };

/** Each once. */
const names =
  (check: (name: string) => readonly string[]): Check =>
  (value, at) => {
    const seen = new Set<unknown>();
    const one: Check = (name, where) => {
      if (typeof name !== 'string') return text(name, where);
      if (name === '') return [faults.required(where)];
      if (seen.has(name)) return [faults.duplicate(where, name)];
      seen.add(name);
      return check(name).map((message) => faults.invalid(where, name, message));
    };
    return list(one)(value, at);
  };

const configuration = fields({
  ...{ apiVersion: anything, kind: anything },
  defaults: fields(
    Object.fromEntries(
      modes.flatMap((mode) => [
        [mode, read(levelOf, levelDetail)],
        [`${mode}-version`, read(minorOf, versionDetail)],
      ]),
    ),
  ),
  exemptions: fields({
    usernames: names(() => []),
    runtimeClasses: names(dns1123Subdomain),
    namespaces: names(dns1123Label),
  }),
});
