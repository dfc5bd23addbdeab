// PEM as Go's encoding/pem reads it: blocks, with whatever text before, between and after them.

export interface PemBlock {
  readonly type: string;
  /** A certificate may have none. */
  readonly headers: readonly string[];
  /** In base64. */
  readonly content: string;
}

export function pemBlocks(text: string): PemBlock[] {
  const found: PemBlock[] = [];
  let type: string | undefined;
  let lines: string[] = [];
  for (const line of text.split('\n').map((each) => each.trimEnd())) {
    const [, edge, name = ''] = /^-----(BEGIN|END) (.*)-----$/.exec(line) ?? [];
    if (edge === undefined) lines.push(line);
    else {
      const block = edge === 'END' && name === type ? blockOf(name, lines) : undefined;
      if (block) found.push(block);
      type = edge === 'BEGIN' ? name : undefined;
      lines = [];
    }
  }
  return found;
}

function blockOf(type: string, lines: readonly string[]): PemBlock | undefined {
  const headers = lines.filter((line) => line.includes(':'));
  const content = lines.filter((line) => !line.includes(':')).join('');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(content) ? { type, headers, content } : undefined;
}
