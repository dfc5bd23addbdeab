export { HeaderReader, type Headers, HeaderWriter } from './header-block.ts';
export { encodeSpdyFrame, type SpdyFrame, SpdyFrameReader } from './spdy-frames.ts';
