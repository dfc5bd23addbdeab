// URLs: url, isURL, and their parts, as Go's net/url has them.

import type { Environment } from '@marcbachmann/cel-js';

class CelUrl {
  readonly text: string;
  readonly url: URL;

  constructor(text: string) {
    this.text = text;
    // A path alone is a URL too: Go parses it with url.ParseRequestURI.
    this.url = new URL(text, 'none://none');
  }

  get isAbsolute(): boolean {
    return !this.text.startsWith('/');
  }
}

function isUrl(text: string): boolean {
  return text.startsWith('/') ? URL.canParse(text, 'none://none') : URL.canParse(text);
}

export function addUrls(environment: Environment): void {
  const part = (name: string, of: (url: CelUrl) => unknown, type = 'string') =>
    environment.registerFunction(`kubernetes.URL.${name}(): ${type}`, of);
  environment
    .registerType('kubernetes.URL', { ctor: CelUrl })
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('url(string): kubernetes.URL', (text: string) => {
      if (!isUrl(text))
        throw new Error(
          `URL parse error during conversion from string: parse "${text}": invalid URI for request`,
        );
      return new CelUrl(text);
    });
  part('getScheme', ({ url, isAbsolute }) => (isAbsolute ? url.protocol.slice(0, -1) : ''));
  part('getHost', ({ text, isAbsolute }) => (isAbsolute ? hostOf(text) : ''));
  part('getHostname', ({ url, isAbsolute }) => (isAbsolute ? url.hostname.replace(/^\[|\]$/g, '') : ''));
  part('getPort', ({ text, isAbsolute }) => (isAbsolute ? (/:(\d+)$/.exec(hostOf(text))?.[1] ?? '') : ''));
  part('getEscapedPath', ({ text, url }) => (/^[^?#]*\/\/[^/?#]*([?#]|$)/.test(text) ? '' : url.pathname));
  part('getQuery', ({ url }) => queryOf(url), 'map<string, dyn>');
}

/** With the port also where it is the scheme's own, which JavaScript leaves out. */
function hostOf(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^/?#]*)/i.exec(text)?.[1] ?? '';
}

function queryOf(url: URL): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const [key, value] of url.searchParams) result.set(key, [...(result.get(key) ?? []), value]);
  return result;
}
