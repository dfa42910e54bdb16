import { expect, test } from 'vitest';
import { clockOf, faultOf, hoursOf, weekOf } from './hours';

test.each([
  ['9', '09:00'],
  ['9.30', '09:30'],
  ['930', '09:30'],
  ['14:30', '14:30'],
  ['0800', '08:00'],
  ['24', '24:00'],
  ['25', '25'],
  ['9:75', '9:75'],
  ['alle nove', 'alle nove'],
  ['', ''],
])('a time typed as %j is read as %j', (typed, clock) => expect(clockOf(typed)).toBe(clock));

const day = (...list: [string, string][]) => list.map(([from, to], index) => ({ key: String(index), from, to }));

test.each([
  ['a split day', day(['09:00', '13:00'], ['14:30', '17:00']), undefined],
  ['one after the other', day(['09:00', '13:00'], ['13:00', '17:00']), undefined],
  ['in any order', day(['14', '17'], ['9', '13']), undefined],
  ['overlapping', day(['9', '13'], ['12.30', '17']), 'hours_overlap'],
  ['backwards', day(['13', '9']), 'hours_order'],
  ['no time', day(['9', 'mezzogiorno']), 'hours_format'],
  ['not yet typed', day(['9', '13'], ['', '']), undefined],
  ['until midnight', day(['20', '24']), undefined],
])('%s', (_, stretches, fault) => expect(faultOf(stretches)).toBe(fault));

test('a week comes back as it was', () => {
  const hours = [
    { day: 'monday', from: '09:00', to: '13:00' },
    { day: 'thursday', from: '09:00', to: '13:00' },
    { day: 'thursday', from: '14:30', to: '17:00' },
  ] as const;
  expect(hoursOf(weekOf(hours))).toEqual(hours);
});
