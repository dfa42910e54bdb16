import { listen, type LiveNotice } from './live';

const name = 'sportello-live';

/**
 * Listens on behalf of all tabs of this browser: one tab holds the stream and tells the others, because a browser
 * allows six connections per host over HTTP/1.1 and operators keep many tabs. Where locks are missing (plain HTTP
 * away from localhost) each tab holds its own stream.
 */
export function shareLive(url: string, hear: (notice: LiveNotice) => void): () => void {
  const stop = new AbortController();
  if (!('locks' in navigator) || typeof BroadcastChannel === 'undefined') {
    void listen({ url, hear }, stop.signal);
    return () => stop.abort();
  }
  const channel = new BroadcastChannel(name);
  channel.onmessage = (message: MessageEvent<LiveNotice | { kind: 'ask' }>) => {
    if (message.data.kind !== 'ask') hear(message.data);
    else if (last) channel.postMessage(last);
  };
  let last: LiveNotice | undefined;
  const tell = (notice: LiveNotice) => {
    if (notice.kind === 'state') last = notice;
    channel.postMessage(notice);
    hear(notice);
  };
  channel.postMessage({ kind: 'ask' });
  navigator.locks.request(name, { signal: stop.signal }, () => listen({ url, hear: tell }, stop.signal)).catch(() => undefined);
  return () => {
    stop.abort();
    channel.close();
  };
}
