// The Kind IngressClass: who serves Ingresses, by a name that Ingresses choose.

export type { IngressClass } from 'kubernetes-types/networking/v1';

import type { IngressClass, IngressClassParametersReference } from 'kubernetes-types/networking/v1';
import { dns1123Label, type FieldError, FieldPath, faults } from '../../machinery/index.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { domainPrefixedPath, named, oneOf } from '../core/pod-validation/rules.ts';
import { immutable } from '../immutable.ts';
import type { Strategy } from '../resource.ts';
import { validateReference } from './ingress-validation.ts';

const longestController = 250;
const path = new FieldPath('spec');

export const strategy: Strategy<IngressClass> = {
  schema: 'io.k8s.api.networking.v1.IngressClass',
  generation: true,
  default(ingressClass) {
    ingressClass.spec ??= {};
    if (ingressClass.spec.parameters) ingressClass.spec.parameters.scope ??= 'Cluster';
  },
  validate: ({ spec }) => [
    ...validateController(spec?.controller ?? '', path.child('controller')),
    ...(spec?.parameters ? validateParameters(spec.parameters, path.child('parameters')) : []),
  ],
  changeFirst: true,
  validateUpdate: (next, old) =>
    immutable(next.spec?.controller ?? '', old.spec?.controller ?? '', path.child('controller')),
  columns: [
    nameColumn(),
    textColumn(
      'Controller',
      'Controller that is responsible for handling this class',
      ({ spec }) => spec?.controller ?? '',
    ),
    textColumn('Parameters', 'A reference to a resource with additional parameters', formatParameters),
    ageColumn(),
  ],
};

function formatParameters({ spec }: IngressClass): string {
  const { parameters } = spec ?? {};
  if (!parameters) return '<none>';
  const { apiGroup, kind, name } = parameters;
  return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
}

/** A name such as `example.com/ingress`. */
function validateController(controller: string, at: FieldPath): FieldError[] {
  if (!controller) return [faults.required(at)];
  const long = controller.length > longestController ? [faults.tooLong(at, longestController)] : [];
  return [...long, ...domainPrefixedPath(controller, at)];
}

function validateParameters(parameters: IngressClassParametersReference, at: FieldPath): FieldError[] {
  const { scope, namespace } = parameters;
  const found = validateReference(parameters, at);
  const place = at.child('namespace');
  if (scope === undefined) return [...found, faults.required(at.child('scope'))];
  found.push(...oneOf(scope, ['Cluster', 'Namespace'], at.child('scope')));
  if (scope === 'Namespace' && namespace === undefined)
    found.push(faults.required(place, "`parameters.scope` is set to 'Namespace'"));
  else if (scope === 'Namespace') found.push(...named(dns1123Label, namespace ?? '', place));
  else if (scope === 'Cluster' && namespace !== undefined)
    found.push(faults.forbidden(place, "`parameters.scope` is set to 'Cluster'"));
  return found;
}
