// Which addresses pods get.

import { expect } from 'chai';
import {
  chooseAddress,
  gatewayOf,
  halfOf,
  routesOf,
} from '../../../edge-agent/runtime/network/plan-addresses.ts';
import { chooseSubnet, formatSubnet, parseSubnet, type Subnet } from '../../../shared/machinery/index.ts';

function subnet(text: string): Subnet {
  const found = parseSubnet(text);
  if (!found) throw new Error(`${text} is no subnet`);
  return found;
}

const chosen = (range: string, taken: readonly string[], start: number) => {
  const whole = subnet(range);
  const found = chooseSubnet(whole, Math.max(24, whole.bits), taken.map(subnet), start);
  return found && formatSubnet(found);
};

describe('addresses of pods', () => {
  it('come from a part of the range that the board has no route to', () => {
    expect(chosen('10.244.0.0/16', [], 7)).to.equal('10.244.7.0/24');
    expect(chosen('10.244.0.0/16', [], 256 + 7)).to.equal('10.244.7.0/24');
    expect(chosen('10.244.0.0/16', ['10.244.7.0/24', '10.244.8.0/23'], 7)).to.equal('10.244.10.0/24');
    expect(chosen('10.244.0.0/16', ['192.168.0.0/16'], 255)).to.equal('10.244.255.0/24');
    expect(chosen('10.244.0.0/16', ['10.0.0.0/8'], 0)).to.equal(undefined);
  });

  it('come from all of a small range', () => {
    expect(chosen('192.168.7.128/25', [], 12)).to.equal('192.168.7.128/25');
    expect(gatewayOf(subnet('192.168.7.128/25'))).to.equal('192.168.7.129');
  });

  it('are given one after the other, and again only when all were', () => {
    const small = subnet('10.0.0.0/29');
    const used: string[] = [];
    for (let given = 0; given < 5; given++) used.push(chooseAddress(small, used, used.at(-1)) ?? 'none');
    expect(used).to.deep.equal(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']);
    expect(chooseAddress(small, used, '10.0.0.6')).to.equal(undefined);
    expect(chooseAddress(small, ['10.0.0.4'], '10.0.0.3')).to.equal('10.0.0.5');
    expect(chooseAddress(small, [], '10.0.0.6')).to.equal('10.0.0.2');
  });

  it('are halved for two runtimes', () => {
    expect([halfOf('10.42.3.0/24', 0), halfOf('10.42.3.0/24', 1)]).to.deep.equal([
      '10.42.3.0/25',
      '10.42.3.128/25',
    ]);
    expect(halfOf('10.42.3.0/31', 1)).to.equal('10.42.3.0/31');
  });

  it('know the routes of the board', () => {
    const table = [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'kelp-1\t0007F40A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      '',
    ].join('\n');
    expect(routesOf(table, 'kelp-1').map(formatSubnet)).to.deep.equal(['192.168.0.0/24']);
    expect(routesOf(table, '').map(formatSubnet)).to.deep.equal(['192.168.0.0/24', '10.244.7.0/24']);
  });

  it('refuse what is no range', () => {
    for (const text of ['', '10.244.0.0', '10.244.0/16', '300.0.0.0/8', '10.0.0.0/33'])
      expect(parseSubnet(text), text).to.equal(undefined);
    expect(formatSubnet(subnet('10.244.9.9/16'))).to.equal('10.244.0.0/16');
  });
});
