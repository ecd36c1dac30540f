import type { LossWords } from '../en/losses.js';

export const ruLosses: LossWords = {
  restore: (live, kept, { other, since, backup }) => (other
    ? `содержимое базы ${live} там, где её восстанавливают: её место займёт бэкап другого сервера, а сама она останется там как ${kept}`
    : `записанное в ${live} после ${since === undefined ? `бэкапа «${backup}»` : since}; останется в базе ${kept}`),
};
