// The pages of pods, services and nodes are written for a server of their own: here their links are led through the proxy, in
// HTML and in redirections. As upstream's proxy transport; what a page's scripts and style sheets name, it does not touch either.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import {
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
} from 'node:zlib';

/** Where a page comes from, and where it is shown. */
export interface PageOrigin {
  /** The path of its server's root here: /api/v1/namespaces/default/pods/web/proxy. */
  prefix: string;
  /** Host and port of its server. */
  host: string;
  /** Host and port that the client asked. */
  askedHost: string;
}

export interface Shown {
  headers: IncomingHttpHeaders;
  /** What the body goes through. */
  steps: Transform[];
}

/** The attributes that are links, by their elements. */
const linksOf: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};
/** What is in them is no HTML. */
const textElements = ['iframe', 'noembed', 'noframes', 'script', 'style', 'textarea', 'title', 'xmp'];
/** A longer tag is passed on as it is. */
const longestTag = 65_536;
const encodings: Readonly<Record<string, readonly [() => Transform, () => Transform]>> = {
  gzip: [createGunzip, createGzip],
  deflate: [createInflate, createDeflate],
  br: [createBrotliDecompress, createBrotliCompress],
};

export function shownThrough(answer: IncomingMessage, method: string, origin: PageOrigin): Shown {
  const { 'content-length': _, ...others } = answer.headers;
  const { location, 'content-type': type = '', 'content-encoding': encoding } = others;
  if (location !== undefined) {
    return { headers: { ...answer.headers, location: linkThrough(location, origin) }, steps: [] };
  }
  const coding = encoding === undefined ? [] : encodings[encoding];
  const isPage = type.split(';')[0]?.trim() === 'text/html' && method !== 'HEAD';
  if (!isPage || !coding) return { headers: answer.headers, steps: [] };
  const [decode, encode] = coding;
  const rewriting = transforming(new LinkRewriter((link) => linkThrough(link, origin)));
  return {
    headers: others,
    steps: [...(decode ? [decode()] : []), rewriting, ...(encode ? [encode()] : [])],
  };
}

function transforming(rewriter: LinkRewriter): Transform {
  return new Transform({
    transform: (chunk: Buffer, _, done) =>
      done(null, Buffer.from(rewriter.take(chunk.toString('latin1'), false), 'latin1')),
    flush: (done) => done(null, Buffer.from(rewriter.take('', true), 'latin1')),
  });
}

/** Links that are relative to their page, and those to other servers, stay. */
export function linkThrough(link: string, { prefix, host, askedHost }: PageOrigin): string {
  const [, server = '', place, path] = /^((?:https?:)?\/\/([^/?#]+))?(\/.*)$/is.exec(link) ?? [];
  if (path === undefined || (place && place !== host && place !== askedHost)) return link;
  return `${place === askedHost ? server : ''}${path.startsWith(prefix) ? '' : prefix}${path}`;
}

/** Changes the links in HTML that comes in pieces, and nothing else. A letter is a byte: what is changed is of ASCII. */
export class LinkRewriter {
  private readonly rewrite: (link: string) => string;
  /** Not looked at yet. */
  private rest = '';
  /** Where HTML goes on: the end of a comment, or of an element with text. */
  private until: string | undefined;

  constructor(rewrite: (link: string) => string) {
    this.rewrite = rewrite;
  }

  /** Answers what is ready; the last piece brings all of it. */
  take(piece: string, isLast: boolean): string {
    this.rest += piece;
    let out = '';
    while (this.rest !== '') {
      const next = this.until === undefined ? this.html(isLast) : this.text(this.until, isLast);
      if (next === undefined) break;
      out += next;
    }
    return out;
  }

  /** The next piece; undefined: its end has not come. */
  private html(isLast: boolean): string | undefined {
    const { rest } = this;
    const open = rest.indexOf('<');
    if (open !== 0) return this.cut(open < 0 ? rest.length : open);
    if (rest.startsWith('<!--')) {
      this.until = '-->';
      return this.cut(4);
    }
    if (!isLast && rest.length < 4) return undefined;
    const name = /^<([a-z][^\s/>]*)/i.exec(rest)?.[1];
    if (name === undefined) return this.cut(1);
    const tag = this.tag(name.toLowerCase());
    if (tag !== undefined) return tag;
    return isLast || rest.length > longestTag ? this.cut(rest.length) : undefined;
  }

  /** Up to what ends it. */
  private text(until: string, isLast: boolean): string | undefined {
    const end = this.rest.toLowerCase().indexOf(until);
    if (end >= 0) this.until = undefined;
    const length = end >= 0 ? end : isLast ? this.rest.length : this.rest.length - until.length + 1;
    return length > 0 || end >= 0 ? this.cut(Math.max(0, length)) : undefined;
  }

  private tag(name: string): string | undefined {
    const attribute = /[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)))?/dy;
    attribute.lastIndex = name.length + 1;
    let out = '';
    let at = 0;
    let end = attribute.lastIndex;
    for (let found = attribute.exec(this.rest); found; found = attribute.exec(this.rest)) {
      end = attribute.lastIndex;
      const [from, to] = found.indices?.slice(2).find((place) => place !== undefined) ?? [];
      if (from === undefined || to === undefined) continue;
      if (!linksOf[name]?.includes(found[1]?.toLowerCase() ?? '')) continue;
      out += this.rest.slice(at, from) + this.rewrite(this.rest.slice(from, to));
      at = to;
    }
    const close = /[\s/]*>/y;
    close.lastIndex = end;
    if (!close.test(this.rest)) return undefined;
    if (textElements.includes(name)) this.until = `</${name}`;
    return out + this.cut(close.lastIndex).slice(at);
  }

  private cut(length: number): string {
    const piece = this.rest.slice(0, length);
    this.rest = this.rest.slice(length);
    return piece;
  }
}
