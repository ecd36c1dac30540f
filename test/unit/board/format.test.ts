import { describe, expect, it } from 'vitest';
import { cleanText, shorten } from '../../../src/board/clean.js';
import { countRussian, formats } from '../../../src/board/format.js';
import { at } from './sample-run.js';

const { en, ru } = formats;

describe('numbers, times and lists', () => {
  it('shows absolute times, with the date only when it is not tonight', () => {
    expect(en.time(at('03:08'), at('03:14'))).toBe('03:08 UTC');
    expect(en.time(at('03:08') - 86_400_000, at('03:14'))).toBe('2026-02-28 03:08 UTC');
    expect(en.timeWithSeconds(at('03:14:05'), at('03:14:06'))).toBe('03:14:05 UTC');
    expect(en.span(at('03:08'), at('03:19'), at('03:21'))).toBe('03:08–03:19 UTC');
    expect(en.span(at('03:08') + 4_000, at('03:08') + 19_000, at('03:21'))).toBe('03:08:04–03:08:19 UTC');
  });

  it.each([[0, '<1 s', '<1 с'], [12_400, '12 s', '12 с'], [60_000, '1 min', '1 мин'], [238_000, '3 min 58 s', '3 мин 58 с'], [7_500_000, '2 h 05 min', '2 ч 05 мин'], [200_000_000, '2 d 7 h', '2 д 7 ч']])('shows %i ms as a duration', (ms, english, russian) => {
    expect([en.duration(ms), ru.duration(ms)]).toEqual([english, russian]);
  });

  it.each([[3_200, '~3 s'], [41_000, '~40 s'], [89_999, '~90 s'], [236_000, '~4 min'], [5_400_000, '~1.5 h']])('shows %i ms as an estimate', (ms, text) => {
    expect(en.about(ms)).toBe(text);
  });

  it.each([[999, '999 B', '999 Б'], [1_100_000_000, '1.1 GB', '1,1 ГБ'], [420_300_000, '420 MB', '420 МБ']])('shows %i bytes', (count, english, russian) => {
    expect([en.bytes(count), ru.bytes(count)]).toEqual([english, russian]);
  });

  it('joins names as people do', () => {
    expect(en.anyOf(['Alice', 'Bob', 'Carol'])).toBe('Alice, Bob or Carol');
    expect(ru.anyOf(['Alice', 'Bob', 'Carol'])).toBe('Alice, Bob или Carol');
  });

  it.each([[1, '1 шаг'], [2, '2 шага'], [5, '5 шагов'], [11, '11 шагов'], [21, '21 шаг'], [104, '104 шага'], [111, '111 шагов'], [0, '0 шагов'], [1.5, '1.5 шага']])('counts %s in Russian', (count, text) => {
    expect(countRussian(count, { one: 'шаг', few: 'шага', many: 'шагов' })).toBe(text);
  });
});

describe('cleanText', () => {
  it('hides addresses with credentials, whole digests and control characters', () => {
    expect(cleanText('psql postgresql://planb:s3cret@db:5432/x?sslmode=require failed')).toBe('psql postgresql://… failed');
    expect(cleanText('GET https://robot:s3cret@registry.example/v2/ 401')).toBe('GET https://…@registry.example/v2/ 401');
    expect(cleanText(`sha256:${'ab'.repeat(32)} gone`)).toBe('sha256:abababababab… gone');
    expect(cleanText('a\n\tb\u001b[31m')).toBe('a b [31m');
    expect(cleanText('password=s3cret&x=1')).toBe('password=…&x=1');
  });

  it('cuts between characters', () => {
    expect(shorten('abc👍def', 5)).toBe('abc…');
    expect(shorten('abc', 3)).toBe('abc');
  });
});
