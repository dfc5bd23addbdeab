// How objects of one definition get from one version into another.

import type { CustomResourceDefinition } from '../../../shared/api/apiextensions/index.ts';
import type { KubeObject } from '../../../shared/machinery/index.ts';
import type { Endpoints } from '../services/index.ts';

/** Answers a new object in the wanted apiVersion, e.g. `stable.example.com/v2`. Throws ApiError. */
export type Convert = (object: KubeObject, apiVersion: string) => KubeObject | Promise<KubeObject>;

/** Strategy None: the versions differ in their name only. */
const renameVersion: Convert = (object, apiVersion) => ({ ...object, apiVersion });

export function converterOf({ spec }: CustomResourceDefinition, endpoints: Endpoints): Convert {
  const { strategy, webhook } = spec.conversion ?? {};
  if (strategy !== 'Webhook' || !webhook) return renameVersion;
  return async (object, apiVersion) => {
    const { convertByWebhook } = await import('./webhook-conversion.ts');
    return convertByWebhook({ webhook, endpoints, group: spec.group }, object, apiVersion);
  };
}
