/** The demo cannot start, in one sentence for the person at the terminal. */
export class DemoRefused extends Error {
  override readonly name = 'DemoRefused';
}
