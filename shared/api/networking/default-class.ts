// Which IngressClass an Ingress gets that names none.

import type { Ingress, IngressClass } from 'kubernetes-types/networking/v1';
import { newestClass } from '../default-class.ts';

/** How an Ingress named its class before `spec.ingressClassName`. */
export const ingressClassAnnotation = 'kubernetes.io/ingress.class';
const defaultAnnotation = 'ingressclass.kubernetes.io/is-default-class';

export function namesIngressClass({ metadata, spec }: Ingress): boolean {
  return (
    spec?.ingressClassName !== undefined || metadata?.annotations?.[ingressClassAnnotation] !== undefined
  );
}

export function defaultIngressClassOf<C extends IngressClass>(classes: readonly C[]): C | undefined {
  return newestClass(classes.filter(({ metadata }) => metadata?.annotations?.[defaultAnnotation] === 'true'));
}
