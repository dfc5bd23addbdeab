// DefaultIngressClass: an Ingress that names no class gets the default one, where there is one.

import {
  defaultIngressClassOf,
  ingressclasses,
  ingresses,
  isOf,
  namesIngressClass,
} from '../../../shared/api/index.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

export function defaultIngressClass({ reader }: { reader: ObjectReader }): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    async admit({ verb, subresource, resource }, ingress) {
      if (verb !== 'create' || subresource || !isOf(ingresses, resource, ingress)) return;
      if (!ingress.spec || namesIngressClass(ingress)) return;
      const found = defaultIngressClassOf(await reader.list(ingressclasses));
      if (found) ingress.spec.ingressClassName = found.metadata.name;
    },
  };
}
