// Loaded where there is YAML only: its reader is large.

export { goYamlError, goYamlValue, repeatedKeys } from './go-yaml.ts';
export { goYamlFault, goYamlTextFault } from './go-yaml-fault.ts';
export { goYamlOptions } from './go-yaml-options.ts';
