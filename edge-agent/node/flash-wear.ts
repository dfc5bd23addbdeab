// How worn the flash of this board is, as eMMC tells it (JEDEC eMMC 5.0: DEVICE_LIFE_TIME_EST and PRE_EOL_INFO).

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FlashWear {
  /** e.g. `mmcblk0` */
  device: string;
  /** Of the estimated life, in steps of ten, rounded up: 100 or more is beyond it. */
  usedPercent: number;
  /** 90 % and more, or the medium itself warns. */
  nearEnd: boolean;
}

const nearEndPercent = 90;

/** Empty where no medium tells. */
export async function flashWear(blockDevices = '/sys/block'): Promise<FlashWear[]> {
  const devices = await readdir(blockDevices).catch(() => []);
  const found = await Promise.all(
    devices.map(async (device) => {
      const [lifeTime, preEol] = await Promise.all(
        ['life_time', 'pre_eol_info'].map((name) => textOf(join(blockDevices, device, 'device', name))),
      );
      return wearOf(device, lifeTime, preEol);
    }),
  );
  return found.flatMap((wear) => wear ?? []);
}

/** `lifeTime`: two steps in hex (`0x01 0x02`), 1: 0-10 %, 10: 90-100 %, 11: beyond. `preEol`: 1 normal, 2 warning, 3 urgent. */
export function wearOf(
  device: string,
  lifeTime: string | undefined,
  preEol: string | undefined,
): FlashWear | undefined {
  const steps = (lifeTime ?? '')
    .trim()
    .split(/\s+/)
    .map(Number)
    .filter((step) => step > 0);
  if (steps.length === 0) return undefined;
  const usedPercent = Math.max(...steps) * 10;
  return { device, usedPercent, nearEnd: usedPercent > nearEndPercent || Number(preEol) > 1 };
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
