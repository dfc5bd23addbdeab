// Go's yaml.v2 for the parser of the package `yaml`: 1.1, without its times and base-60 numbers.

import type { DocumentOptions, ParseOptions, SchemaOptions, Tags } from 'yaml';

/** Its own check of keys compares each with each: see `repeatedKeys`. */
export const goYamlOptions = {
  version: '1.1',
  merge: true,
  uniqueKeys: false,
  customTags: (tags: Tags) => tags.filter((tag) => !isForeign(tag)),
} as const satisfies ParseOptions & DocumentOptions & SchemaOptions;

function isForeign(tag: Tags[number]): boolean {
  if (typeof tag === 'string') return tag === 'timestamp' || tag === 'intTime' || tag === 'floatTime';
  return tag.tag.endsWith(':timestamp') || ('format' in tag && tag.format === 'TIME');
}
