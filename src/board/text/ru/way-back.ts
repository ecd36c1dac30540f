import { countRussian } from '../../format.js';
import type { WayBackWords } from '../en/way-back.js';

const number = (count: number): string => count.toLocaleString('ru-RU');
const lead = (names: readonly string[]): string => (names.length === 1 ? 'ведёт' : 'ведут');
const The = { old: 'Старый сервер', new: 'Новый сервер' } as const;
const rowForms = { one: 'строка', few: 'строки', many: 'строк' } as const;
const plural = new Intl.PluralRules('ru');

export const ruWayBack: WayBackWords = {
  chosen: (scenario) => `выбрали люди: ${scenario}`,
  unused: (data) => `data=${data} не учитывается: это относится к scenario=day-later`,
  dns: (parts) => `DNS: ${parts.length === 0 ? 'имён нет' : parts.join('; ')}`,
  leads: {
    old: (names) => `${names.join(', ')} ${lead(names)} на старый сервер`,
    new: (names) => `${names.join(', ')} ${lead(names)} на новый сервер`,
    elsewhere: (names) => `${names.join(', ')} ${lead(names)} в другое место`,
    unread: (names) => `${names.join(', ')}: прочитать не удалось`,
  },
  noSwitch: 'ни один запуск не переключал DNS',
  switched: (run, certain, time, ago) => (certain ? `запуск ${run} переключил DNS ${time}, ${ago} назад` : `запуск ${run} начал переключать DNS ${time}, ${ago} назад, чем кончилось, неизвестно`),
  days: (count) => countRussian(count, { one: 'день', few: 'дня', many: 'дней' }),
  notCounted: (side, why) => `${The[side]}: строки не посчитаны, ${why}`,
  wrote: (side, rows) => (rows === undefined ? `${The[side]} с тех пор ничего не записал` : `${The[side]} с тех пор записал: ${rows}`),
  untold: (tables) => `; не посчитаны: ${tables.join(', ')}`,
  rows: (count, about, tables, more) => {
    const form = plural.select(count);
    const noun = form === 'one' ? rowForms.one : form === 'few' ? rowForms.few : rowForms.many;
    const named = [...tables.map(({ table, rows }) => `${table} ${number(rows)}`), ...(more === 0 ? [] : [`и ещё таблиц: ${more}`])];
    return `${about ? 'около ' : ''}${number(count)} ${about ? 'строк' : noun}${named.length === 0 ? '' : ` (${named.join(', ')})`}`;
  },

  stay: (rows) => `записанное новым сервером после переключения, ${rows}: останется там и не вернётся`,
  stayUncounted: (why) => `записанное новым сервером после переключения, посчитать не удалось (${why}): останется там и не вернётся`,
  replaced: (rows) => `записанное старым сервером после переключения, ${rows}: останется в его прежней базе, под другим именем`,
  replacedUncounted: (why) => `записанное старым сервером после переключения, посчитать не удалось (${why}): останется в его прежней базе, под другим именем`,
  whileMoving: 'то, что новый сервер запишет, пока DNS не вернётся для всех',

  unknownDns: (names) => `Неизвестно, переключён ли DNS (${names}), и записи об этом нет. Какой нужен откат?`,
  unread: 'не прочитан',
  byHand: 'DNS переключён, но не planb, поэтому неизвестно когда. Какой нужен откат?',
  moved: (names) => `DNS переключён: ${names.join(', ')} на новом сервере, оставить как есть нельзя. Какой нужен откат?`,
  movedUnread: (run, names) => `Запуск ${run} переключил DNS, а куда теперь ${lead(names)} ${names.join(', ')}, прочитать не удалось, оставить как есть нельзя. Какой нужен откат?`,
  uncounted: (why) => `Нельзя посчитать, что новый сервер записал после переключения: ${why} Повторите, когда он ответит, или откатитесь без его данных.`,
  openData: (rows) => `Прошло больше суток, новый сервер с тех пор записал: ${rows}. Вернуть всё (data=sync) или отказаться от этих данных (data=accept)?`,

  stopped: (kind, run, step) => `${kind} ${run}: остановлено${step === undefined ? '' : ` на «${step}»`}`,
  leftOpen: (line) => `осталось с прошлого раза: ${line}`,
  unwatched: 'за новым сервером никто не будет следить и не напомнит сохранять старый: в planb.yaml у этой цели нет watch: после миграции',
};
