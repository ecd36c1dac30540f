/** PostgreSQL's clock as milliseconds since the epoch: the one clock that decides about votes, leases and expiry. */
export type DatabaseNow = () => Promise<number>;
