import { describe, expect, test } from 'vitest';
import { EventStreamParser } from './sse';

describe('EventStreamParser', () => {
  const text = ': beat\n\nevent: ready\ndata: {}\n\nevent: change\r\ndata: {"type":"ticket",\r\ndata: "id":"x"}\r\n\r\ndata:bare\n\n';
  const expected = [
    { kind: 'comment' },
    { kind: 'event', name: 'ready', data: '{}' },
    { kind: 'event', name: 'change', data: '{"type":"ticket",\n"id":"x"}' },
    { kind: 'event', name: 'message', data: 'bare' },
  ];

  test('reads events, comments and data over several lines', () => {
    expect(new EventStreamParser().feed(text)).toEqual(expected);
  });

  test.each([1, 2, 3, 7, 20])('cut into pieces of %i it says the same', (size) => {
    const parser = new EventStreamParser();
    const found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.feed(text.slice(at, at + size)));
    expect(found).toEqual(expected);
  });

  test('an event without data is none', () => {
    expect(new EventStreamParser().feed('event: ready\n\n')).toEqual([]);
  });
});
