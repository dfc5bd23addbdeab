// Manifests that are no YAML, by what Go's yaml says of them.

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';

/** What kubectl says of them, and an API server. Lines are counted from one by Go's scanner, from nought by its parser. */
export const brokenYaml: readonly (readonly [text: string, words: string])[] = [
  [`${head}data: a: b\n`, 'line 5: mapping values are not allowed in this context'],
  [`${head}data:\n  a: b\n   c: d\n`, 'line 7: mapping values are not allowed in this context'],
  [`${head}spec:\n  replicas:3\n  a: b\n`, 'line 7: mapping values are not allowed in this context'],
  ['apiVersion: v1: x\n', 'mapping values are not allowed in this context'],
  [`${head}data:\n\ta: b\n`, 'line 6: found character that cannot start any token'],
  [`${head}data:\n  a: b\n\tc: d\n`, 'line 7: found a tab character that violates indentation'],
  [`${head}data:\n  a: @b\n`, 'line 6: found character that cannot start any token'],
  [`\t${head}`, 'found character that cannot start any token'],
  [`${head}data: {a: b\n`, "line 5: did not find expected ',' or '}'"],
  [`${head}data: [a, b\nfoo: bar\n`, "line 5: did not find expected ',' or ']'"],
  [`${head}data: {a: b c: d}\n`, "line 4: did not find expected ',' or '}'"],
  [`${head}data: [`, 'line 5: did not find expected node content'],
  [`${head}data: {a: [b,\n`, 'line 5: did not find expected node content'],
  [`${head}data: {a: b`, "line 5: did not find expected ',' or '}'"],
  [`${head}data: {a: b,, c: d}\n`, 'line 4: did not find expected node content'],
  [`${head}data:\n  a: b\n  justtext\n`, "line 8: could not find expected ':'"],
  [`${head}data:\n  a: b\n  justtext\n  c: d\n`, "line 8: could not find expected ':'"],
  [`${head}data:\n    a: b\n  c: d\n`, 'line 6: did not find expected key'],
  [`${head}data:\n  a:\n  - b\n c: d\n`, 'line 7: did not find expected key'],
  [`${head}spec:\n  items:\n  - a: b\n    c: d\n   e: f\n`, 'line 8: did not find expected key'],
  [`${head}spec:\n  items:\n    - a\n   - b\n`, 'line 7: did not find expected key'],
  [`${head}data:\n  a: "b" c\n`, 'line 5: did not find expected key'],
  [`${head}data:\n  - a\n  b: c\n`, "line 6: did not find expected '-' indicator"],
  [`${head}data:\n  a: - b\n`, 'line 6: block sequence entries are not allowed in this context'],
  [`${head}data:\n  a: "open\n`, 'line 7: found unexpected end of stream'],
  [`${head}data:\n  a: "\\q"\n`, 'line 6: found unknown escape character'],
  [`${head}data:\n  a: "\\xZZ"\n`, 'line 6: did not find expected hexdecimal number'],
  [`${head}data:\n  a: |x\n   b\n`, 'line 6: did not find expected comment or line break'],
  [`${head}data:\n  a: *.txt\n`, 'line 6: did not find expected alphabetic or numeric character'],
  [`${head}data:\n  : a\n`, 'line 5: did not find expected key'],
  [`${head}data:\n  a: !!int foo\n`, 'cannot decode !!str `foo` as a !!int'],
  [`${head}data:\n  a: !!int 1.5\n`, 'cannot decode !!float `1.5` as a !!int'],
  [`${head}data:\n  a: !!bool foo\n`, 'cannot decode !!str `foo` as a !!bool'],
  [`${head}data:\n  a: !!binary "###"\n`, '!!binary value contains invalid base64 data'],
  ...['\t', '  \t', '    \t', '    a\n\t', '\n    \t'].map(
    (block) =>
      [
        `${head}data:\n  a: |\n${block}foo\n`,
        `line ${block.includes('\n') ? 8 : 7}: found a tab character where an indentation space is expected`,
      ] as const,
  ),
  [`%YAML 1.2\n---\n${head}`, 'found incompatible YAML document'],
  [`%YAML 1.1\n${head}`, 'line 1: did not find expected <document start>'],
  [`${head}data:\n  a: *nope\n`, "unknown anchor 'nope' referenced"],
  [`${head}data:\n  a: \x01b\n`, 'control characters are not allowed'],
  [
    `${head}data:\n  a: {{ .Values.x }}\n`,
    'invalid map key: map[interface {}]interface {}{".Values.x":interface {}(nil)}',
  ],
  [`${head}data:\n  ? [a, b]\n  : c\n`, 'invalid map key: []interface {}{"a", "b"}'],
];
