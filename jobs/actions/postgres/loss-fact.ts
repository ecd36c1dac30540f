/** Of the facts that say how many rows came after a moment. */
export const lossKeyPrefix = 'postgres-loss:';
