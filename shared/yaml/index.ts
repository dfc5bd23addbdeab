// Loaded where there is YAML only: its reader is large.

export { goYamlOptions, goYamlValue, repeatedKeys } from './go-yaml.ts';
export { goYamlFault, goYamlTextFault } from './go-yaml-fault.ts';
