// Links of proxied pages, as upstream's proxy transport changes them.

import { expect } from 'chai';
import { LinkRewriter, linkThrough } from '../../../hub/apiserver/http/proxied-links.ts';

const prefix = '/api/v1/namespaces/default/pods/web/proxy';
const origin = { prefix, host: '10.42.0.2:80', askedHost: 'hub:6443' };

describe('a link of a proxied page', () => {
  const cases: [about: string, link: string, shown: string][] = [
    ['to its server leads through the proxy', '/a/b?c=d#e', `${prefix}/a/b?c=d#e`],
    ["to its server's root as well", '/', `${prefix}/`],
    ['that names its server no longer does', 'http://10.42.0.2:80/a', `${prefix}/a`],
    ['that names its server without a scheme too', '//10.42.0.2:80/a', `${prefix}/a`],
    [
      'that names the server that was asked goes on naming it',
      'https://hub:6443/a',
      `https://hub:6443${prefix}/a`,
    ],
    ['that leads through the proxy stays', `${prefix}/a`, `${prefix}/a`],
    ['to another server stays', 'https://example.com/a', 'https://example.com/a'],
    ['to another server without a scheme stays', '//example.com/a', '//example.com/a'],
    ['that is relative stays', 'a/b', 'a/b'],
    ['within the page stays', '#top', '#top'],
    ['of another kind stays', 'mailto:a@b', 'mailto:a@b'],
  ];
  for (const [about, link, shown] of cases)
    it(about, () => expect(linkThrough(link, origin)).to.equal(shown));
});

describe('the HTML of a proxied page', () => {
  const cases: [about: string, html: string, shown: string][] = [
    ['has its links changed', '<a href="/x">/x</a>', '<a href="@/x">/x</a>'],
    [
      'whatever their case and quotes',
      `<IMG alt=/y SRC='/x'><a\n href=/x >`,
      `<IMG alt=/y SRC='@/x'><a\n href=@/x >`,
    ],
    ['more of them in one tag', '<video src="/a" poster="/b"/>', '<video src="@/a" poster="@/b"/>'],
    ['behind a > in quotes', '<form title="a > b" action="/x">', '<form title="a > b" action="@/x">'],
    ['but for other attributes', '<a data-href="/x" href>', '<a data-href="/x" href>'],
    ['but for comments', '<!-- <a href="/x"> --><a href="/x">', '<!-- <a href="/x"> --><a href="@/x">'],
    [
      'but for scripts',
      `<script src="/x">'<a href="/x">'</SCRIPT><a href="/x">`,
      `<script src="@/x">'<a href="/x">'</SCRIPT><a href="@/x">`,
    ],
    ['and all other bytes as they are', 'a < b &amp; <1> <é>\xff</a', 'a < b &amp; <1> <é>\xff</a'],
    ['also where it ends in the middle', '<a href="/x', '<a href="/x'],
  ];
  for (const [about, html, shown] of cases) {
    it(about, () => {
      // However it is cut into pieces.
      for (let size = 1; size <= html.length; size += 1) {
        const rewriter = new LinkRewriter((link) => `@${link}`);
        let out = '';
        for (let at = 0; at < html.length; at += size) out += rewriter.take(html.slice(at, at + size), false);
        expect(out + rewriter.take('', true)).to.equal(shown, `in pieces of ${size}`);
      }
    });
  }

  it('is passed on where a tag has no end', () => {
    const rewriter = new LinkRewriter((link) => `@${link}`);
    const endless = `<a ${'b '.repeat(40_000)}`;
    expect(rewriter.take(endless, false)).to.equal(endless);
    expect(rewriter.take('c><a href="/x">', false)).to.equal('c><a href="@/x">');
  });
});
