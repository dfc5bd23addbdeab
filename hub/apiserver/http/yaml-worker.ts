// The worker's side: one document in, one answer out.

import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../../shared/base/index.ts';
import { parseYamlBody } from './yaml-body.ts';
import type { YamlAnswer } from './yaml-reader.ts';

function read(text: string): YamlAnswer {
  try {
    const { body, duplicates } = parseYamlBody(text);
    return { text: JSON.stringify(body) ?? 'null', duplicates };
  } catch (error) {
    return { why: messageOf(error) };
  }
}

parentPort?.postMessage(read(String(workerData)));
