import { createThrowawayPostgres } from '../../../adapters/embedded/throwaway-postgres.js';

// A planb with a throwaway server in the folder of its argument: prints where it is and waits to be killed.
const server = await createThrowawayPostgres().start({ leastMajor: 1, folder: process.argv[2] ?? '' });
console.log(server.url);
setInterval(() => undefined, 60_000);
