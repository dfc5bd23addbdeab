// The file that configures admission plugins (apiserver.config.k8s.io/v1 AdmissionConfiguration). What a plugin is told
// stands in it, or in a file of its own.

import { dirname, resolve } from 'node:path';
import { readYamlFile } from '../../../shared/base/index.ts';
import { FieldPath, faults, isRecord, repeats } from '../../../shared/machinery/index.ts';
import { anything, type Check, fields, kindFaults, list, oneOf, refuseFaults, text } from '../config-file.ts';
import { configurationFaults, configurationOf, type PodSecurityConfiguration } from './pod-security/index.ts';

export interface AdmissionConfiguration {
  /** Absent: as it is without. */
  podSecurity?: PodSecurityConfiguration;
}

const kind = {
  ...{ kind: 'AdmissionConfiguration', group: 'apiserver.config.k8s.io' },
  versions: ['v1', 'v1alpha1'],
};

/** The plugins that take a configuration. */
const configurable: Readonly<Record<string, Check>> = { PodSecurity: configurationFaults };

const plugin = fields(
  { name: oneOf(Object.keys(configurable)), path: text, configuration: anything },
  ({ name, path, configuration }, at) => {
    if (name === undefined) return [faults.required(at.child('name'))];
    if (path && configuration)
      return [faults.invalid(at.child('path'), path, 'may not be set where there is a configuration')];
    if (!path && !configuration) return [faults.required(at.child('configuration'), 'or a path')];
    const check = configurable[String(name)];
    return configuration && check ? check(configuration, at.child('configuration')) : [];
  },
);

const plugins: Check = (value, at) => {
  const found = list(plugin)(value, at);
  if (found.length > 0 || !Array.isArray(value)) return found;
  const names = value.map((each) => each.name);
  return [...repeats(names)].map((index) => faults.duplicate(at.index(index).child('name'), names[index]));
};

const whole = fields({ ...{ apiVersion: anything, kind: anything }, plugins });

/** An empty name is no file, and configures nothing. Throws UserError, with all that is wrong with the file. */
export async function readAdmissionConfiguration(file: string): Promise<AdmissionConfiguration> {
  if (!file) return {};
  const content = await readYamlFile(file);
  refuseFaults(file, kindFaults(content, kind));
  refuseFaults(file, whole(content, new FieldPath()));
  const listed = isRecord(content) && Array.isArray(content.plugins) ? content.plugins : [];
  const found = listed.find(({ name }) => name === 'PodSecurity');
  if (!found) return {};
  if (found.configuration) return { podSecurity: configurationOf(found.configuration) };
  const other = resolve(dirname(file), found.path);
  const own = await readYamlFile(other);
  refuseFaults(other, configurationFaults(own, new FieldPath()));
  return { podSecurity: configurationOf(own) };
}
