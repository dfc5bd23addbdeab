// The same objects under other names: further versions of a resource, and groups that share its storage
// (upstream's EquivalentResourceRegistry). `matchPolicy: Equivalent` looks at a write through each of them.

import type { Resource } from '../../../../shared/api/index.ts';
import { apiVersionOf, type KubeObject } from '../../../../shared/machinery/index.ts';
import { prefixOf } from '../../kind.ts';
import { asOtherKind } from '../../registry/versions.ts';
import type { ResourceIndex } from '../../resource-index.ts';
import type { Attributes } from './admission-attributes.ts';
import { matchesRule, type Rule } from './match-resources.ts';

export class Equivalents {
  private readonly index: ResourceIndex;

  constructor({ index }: { index: ResourceIndex }) {
    this.index = index;
  }

  /** The row in whose words the rules want the write; undefined: they don't want it. */
  matching(
    rules: readonly Rule[],
    matchPolicy: string | undefined,
    attributes: Attributes,
  ): Resource | undefined {
    const { resource } = attributes.request;
    if (rules.some((rule) => matchesRule(rule, attributes, resource))) return resource;
    if (matchPolicy === 'Exact' || rules.length === 0) return undefined;
    const others = this.others(attributes);
    for (const rule of rules) {
      const other = others.find((row) => matchesRule(rule, attributes, row));
      if (other) return other;
    }
    return undefined;
  }

  private others({ request: { resource, subresource } }: Attributes): Resource[] {
    const place = prefixOf(resource);
    return this.index.all().filter((row) => {
      if (row === resource || prefixOf(row) !== place) return false;
      return subresource === undefined || row.subresources.some((each) => each === subresource);
    });
  }

  /** The write as a program sees it that knows only `row`. Objects of a subresource are the same in every version. */
  async seenAs(attributes: Attributes, row: Resource): Promise<Attributes> {
    if (row === attributes.row) return attributes;
    const { object, old } = attributes;
    return {
      ...attributes,
      row,
      object: object && (await this.turned(object, attributes.row, row)),
      old: old && (await this.turned(old, attributes.row, row)),
    };
  }

  /** An object of `from` in the words of `to`. Throws ApiError where it cannot be converted. */
  async turned(object: KubeObject, from: Resource, to: Resource): Promise<KubeObject> {
    if (from === to || object.kind !== from.kind || object.apiVersion !== apiVersionOf(from)) return object;
    const [strategy, wanted] = await Promise.all([this.index.strategyOf(from), this.index.strategyOf(to)]);
    return asOtherKind(object, { row: from, strategy }, { row: to, strategy: wanted });
  }
}
