import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadOptions, type OptionTable, parsers, UserError } from '../../../shared/base/index.ts';

interface Options {
  httpsPort: number;
  dataDirectory: string;
  brokerPort: number;
  quiet: boolean;
  mode: 'fast' | 'safe';
  names: string[];
}

const table: OptionTable<Options> = {
  httpsPort: { flag: '--https-port', yamlKey: 'httpsPort', parse: parsers.port, default: 6443, help: 'API' },
  dataDirectory: {
    flag: '--data',
    yamlKey: 'dataDirectory',
    parse: parsers.text,
    default: '/data',
    help: 'state',
  },
  brokerPort: { yamlKey: 'mqtt.port', parse: parsers.port, default: 8883, help: 'broker' },
  quiet: { flag: '--quiet', yamlKey: 'quiet', parse: parsers.boolean, default: false, help: 'say less' },
  mode: { yamlKey: 'mode', parse: parsers.oneOf('fast', 'safe'), default: 'safe', help: 'how' },
  names: { flag: '--names', yamlKey: 'names', parse: parsers.textList, default: [], help: 'who' },
};

const from = (yaml: string, flags: Record<string, unknown> = {}) =>
  loadOptions(table, { file: 'config/hub.yaml', read: () => yaml, flags });

/** What a person would be told. */
async function mistake(loading: Promise<unknown>): Promise<string> {
  const error = await loading.catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(UserError);
  return error instanceof UserError ? error.message : '';
}

describe('options', () => {
  it('are the defaults where nothing is said', async () => {
    expect(await loadOptions(table, {})).to.deep.equal({
      httpsPort: 6443,
      dataDirectory: '/data',
      brokerPort: 8883,
      quiet: false,
      mode: 'safe',
      names: [],
    });
    expect((await from('# nothing\n')).httpsPort).to.equal(6443);
  });

  it('come from the file, and flags win', async () => {
    const yaml = 'httpsPort: 1\nmqtt:\n  port: 2\nquiet: true\nmode: fast\nnames: [a, b]\n';
    expect(await from(yaml)).to.deep.include({
      httpsPort: 1,
      brokerPort: 2,
      quiet: true,
      mode: 'fast',
      names: ['a', 'b'],
    });
    expect(await from(yaml, { '--https-port': '3', '--names': 'c, d' })).to.deep.include({
      httpsPort: 3,
      names: ['c', 'd'],
    });
  });

  const mistakes: [string, Record<string, unknown>, string][] = [
    ['htpsPort: 1', {}, 'config/hub.yaml: unknown key "htpsPort"; did you mean "httpsPort"?'],
    ['mqtt: {prt: 1}', {}, 'config/hub.yaml: unknown key "mqtt.prt"; did you mean "mqtt.port"?'],
    ['zebra: 1', {}, 'config/hub.yaml: unknown key "zebra"'],
    ['mqtt: 5', {}, 'config/hub.yaml: mqtt: expected a map'],
    ['httpsPort: x', {}, 'config/hub.yaml: httpsPort: "x": expected a whole number from 0 to 65535'],
    ['quiet: perhaps', {}, 'config/hub.yaml: quiet: "perhaps": expected true or false'],
    ['mode: slow', {}, 'config/hub.yaml: mode: "slow": expected one of fast, safe'],
    ['[1]', {}, 'config/hub.yaml: expected a map of options'],
    ['', { '--https-port': '70000' }, '--https-port: "70000": expected a whole number from 0 to 65535'],
    ['', { '--htps-port': '1' }, 'unknown flag --htps-port; did you mean --https-port?'],
  ];
  for (const [yaml, flags, message] of mistakes) {
    it(`say in one line: ${message}`, async () => {
      expect(await mistake(from(yaml, flags))).to.equal(message);
    });
  }

  it('name the line of broken YAML', async () => {
    const message = await mistake(from('quiet: true\nmode: [fast\n'));
    expect(message).to.match(/^config\/hub\.yaml:\d: [^\n]+$/);
  });

  it('are read from a real file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kelp-options-'));
    try {
      const file = join(directory, 'hub.yaml');
      expect(await mistake(loadOptions(table, { file }))).to.equal(`${file}: no such file`);
      await writeFile(file, 'httpsPort: 7\n');
      expect((await loadOptions(table, { file })).httpsPort).to.equal(7);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
