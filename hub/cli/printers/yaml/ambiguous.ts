// Which texts YAML 1.1 readers would take for something other than text if they stood without quotes.

const words = new Set(
  [
    ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'],
    ['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'],
    ['', '~', 'null', 'Null', 'NULL', '.nan', '.NaN', '.NAN'],
    ['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF'],
  ].flat(),
);
const integer = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)$/;
const float = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const time =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2})|\s+\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

/** As gopkg.in/yaml.v2 resolves a plain scalar. */
export function isAmbiguous(text: string): boolean {
  if (words.has(text) || sexagesimal.test(text) || time.test(text)) return true;
  if (!/^[-+.0-9]/.test(text)) return false;
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  return integer.test(digits) || float.test(digits);
}
