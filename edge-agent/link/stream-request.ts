// Reads what the hub asks for in a stream's first frame.

import { isRecord } from '../../shared/machinery/index.ts';
import type { StreamRequest } from './stream-source.ts';

/** Undefined: nothing that this agent knows. */
export function parseStreamRequest(value: unknown): StreamRequest | undefined {
  return isStreamRequest(value) ? value : undefined;
}

function isStreamRequest(value: unknown): value is StreamRequest {
  if (!isRecord(value)) return false;
  const has = (type: string, ...names: string[]) => names.every((name) => typeof value[name] === type);
  const ofPod = has('string', 'namespace', 'pod', 'uid');
  const ofCommand = has('string', 'container') && has('boolean', 'stdin', 'stdout', 'stderr', 'tty');
  switch (value.kind) {
    case 'log':
      return ofPod && has('string', 'container') && isRecord(value.options);
    case 'exec':
      return ofPod && ofCommand && isTexts(value.command);
    case 'attach':
      return ofPod && ofCommand;
    case 'port':
      return ofPod && isPort(value.port);
    case 'node':
      return value.port === undefined || isPort(value.port);
    case 'stats':
      return true;
    default:
      return false;
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65536;
}
