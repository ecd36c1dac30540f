import fc from 'fast-check';

/** The same cases at every run, here and on other machines. `PLANB_TEST_SEED=…` looks for others; a case that it finds becomes a test of its own. */
fc.configureGlobal({ seed: Number(process.env['PLANB_TEST_SEED'] ?? 20_261_120) });
