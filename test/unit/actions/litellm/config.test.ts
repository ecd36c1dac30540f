import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';

import { judgeKeys, namesIn, parseConfig, showPath } from '../../../../jobs/actions/litellm/config-keys.js';
import { commentOut } from '../../../../jobs/actions/litellm/edit-config.js';

const config = `# The team's models
model_list:
  - model_name: gpt-4   # the big one
    litellm_params: { model: openai/gpt-4, api_key: os.environ/KEY, new_option: 3 }
  - new_kind: embedding
    model_name: ada
litellm_settings:
  # keep this
  drop_params: true
  new_block:
    enabled: true

    text: |
      several
      lines
  cache: true
new_section:
  new_only: 1
router_settings:
  model_group_alias: {"my-gpt": gpt-4}
`;

const words = (...names: readonly string[]) => new Set(['model_list', 'model_name', 'litellm_params', 'model', 'api_key', 'litellm_settings', 'drop_params', 'cache', 'router_settings', 'model_group_alias', 'enabled', 'text', ...names]);

describe('the keys of a config.yaml', () => {
  it('count as unknown when the running release names them and the older one does not', () => {
    const { unknown, strange } = judgeKeys(parseConfig(config)?.keys ?? [], words(), words('new_option', 'new_kind', 'new_block', 'new_section', 'new_only'));
    expect(unknown.map(({ path, line }) => `${showPath(path)} ${line}`)).toEqual(['model_list[0].litellm_params.new_option 4', 'model_list[1].new_kind 5', 'litellm_settings.new_block 10', 'new_section 17']);
    expect(strange.map(({ name }) => name)).toEqual(['my-gpt']);
  });

  it('are looked for as whole words, and no further than needed', async () => {
    let read = 0;
    const texts = (function* () {
      for (const text of ['settings["drop_params"] = my_cache', 'x.cache-control\n', 'never read']) {
        read += 1;
        yield text;
      }
    })();
    expect([...(await namesIn(texts, ['drop_params', 'cache']))]).toEqual(['drop_params', 'cache']);
    expect(read).toBe(2);
    expect([...(await namesIn(['precache caches cache_ 2cache'], ['cache', 'a.b', '']))]).toEqual([]);
    expect([...(await namesIn(['"x-api-key"', 'a.b'], ['x-api-key', 'a.b', 'api']))]).toEqual(['x-api-key', 'api', 'a.b']);
  });

  it.each(['a: [', '- 1', '', 'text'])('of what is no config are none: %j', (text) => {
    expect(parseConfig(text)).toBeUndefined();
  });
});

describe('an edited copy', () => {
  const without = (text: string, ...paths: (readonly (string | number)[])[]) => commentOut(text, paths);

  it('has the keys commented out, and every other byte as it was', () => {
    expect(without(config, ['model_list', 0, 'litellm_params', 'new_option'], ['model_list', 1, 'new_kind'], ['litellm_settings', 'new_block'], ['new_section'])).toBe(`# The team's models
model_list:
  - model_name: gpt-4   # the big one
    # taken out below: new_option: 3
    litellm_params: { model: openai/gpt-4, api_key: os.environ/KEY }
  - # new_kind: embedding
    model_name: ada
litellm_settings:
  # keep this
  drop_params: true
  # new_block:
  #   enabled: true

  #   text: |
  #     several
  #     lines
  cache: true
# new_section:
#   new_only: 1
router_settings:
  model_group_alias: {"my-gpt": gpt-4}
`);
  });

  it.each([
    ['the first of a flow mapping', 'a: {x: 1, y: 2}\n', [['a', 'x']], '# taken out below: x: 1\na: {y: 2}\n'],
    ['one over several lines', 'a: {\n  x: 1,\n  y: [1,\n    2]\n}\nb: 1\n', [['a', 'y']], 'a: {\n  # taken out below: y: [1, 2]\n  x: 1\n}\nb: 1\n'],
    ['all of a mapping', 'a:\n  x: 1\n  y: 2\nb: 1\n', [['a', 'x'], ['a', 'y']], '# a:\n#   x: 1\n#   y: 2\nb: 1\n'],
    ['all of an item of a list', 'a:\n  - x: 1\n  - y: 2\n', [['a', 0, 'x']], 'a:\n  # - x: 1\n  - y: 2\n'],
    ['all of a list', 'b: 1\na:\n- x: 1\n', [['a', 0, 'x']], 'b: 1\n# a:\n# - x: 1\n'],
    ['with Windows line ends', 'a:\r\n  x: 1\r\n  y: 2\r\n', [['a', 'x']], 'a:\r\n  # x: 1\r\n  y: 2\r\n'],
    ['without an end of line', 'a: 1\nx: 2', [['x']], 'a: 1\n# x: 2'],
    ['without a value', 'a: 1\nx:\ny: 2\n', [['x']], 'a: 1\n# x:\ny: 2\n'],
    ['nothing', 'a: 1\n', [], 'a: 1\n'],
  ] as const)('takes out %s', (_name, before, paths, after) => {
    expect(commentOut(before, paths)).toBe(after);
  });

  it('is not made where it would mean something else', () => {
    expect(without('base: &b {x: 1}\nother: *b\n', ['base'])).toBeUndefined();
    expect(without('a: [', ['a'])).toBeUndefined();
    expect(without('a: 1\n', ['b'])).toBeUndefined();
  });

  it('means the config without the keys, or is not made', () => {
    const key = fc.constantFrom('a', 'b', 'new', 'c d', '1', 'é');
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof({ maxDepth: 3 }, fc.constantFrom<unknown>('text', 'two\nlines\n', 1, true, '# no comment', ''), fc.dictionary(key, tie('tree'), { minKeys: 1, maxKeys: 4 }), fc.array(tie('tree'), { minLength: 1, maxLength: 3 })),
    }));
    let made = 0;
    fc.assert(fc.property(fc.dictionary(key, tree, { minKeys: 2, maxKeys: 5 }), fc.boolean(), fc.boolean(), (value, flow, indentSeq) => {
      const text = stringify({ keep: 1, ...value }, { indentSeq, ...(flow ? { collectionStyle: 'flow' } : {}) });
      const { unknown } = judgeKeys(parseConfig(text)?.keys ?? [], new Set(['keep', 'a', 'b', 'c d', '1', 'é']), new Set(['new']));
      const edited = commentOut(text, unknown.map(({ path }) => path));
      if (edited === undefined) return;
      made += 1;
      expect(parseConfig(edited)?.keys.filter(({ name }) => name === 'new')).toEqual([]);
      if (unknown.length === 0) expect(edited).toBe(text);
      expect(parse(edited)).toHaveProperty('keep', 1);
    }), { numRuns: 500 });
    expect(made).toBeGreaterThan(450);
  });
});
