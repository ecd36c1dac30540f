import { describe, expect, it } from 'vitest';

import { hideSecrets } from '../../../../jobs/actions/kubernetes/hide-secrets.js';

describe('hideSecrets', () => {
  it('hides Secrets, variables, values, addresses and lines of files, and keeps the rest', () => {
    const hidden = hideSecrets(`kind: Secret
metadata: { name: shop-secret }
data: { a: LEAK1 }
stringData: { b: LEAK2 }
---
kind: Deployment
spec:
  containers:
    - image: repo/shop:1.0.0
      env:
        - { name: PROXY_MASTER_KEY, value: LEAK3 }
        - { name: LANG, value: C }
        - { name: URL, value: "postgres://shop:LEAK4@db/shop" }
        - { name: FROM, valueFrom: { secretKeyRef: { name: shop-secret, key: b } } }
---
kind: ConfigMap
data:
  config.yaml: |
    model: gpt
    api_key: LEAK5
    DB_PASSWORD=LEAK6
---
masterkey: LEAK7
auth: { password: 123456 }
`);
    expect(hidden).not.toMatch(/LEAK|123456/);
    for (const kept of ['shop-secret', 'repo/shop:1.0.0', 'value: C', 'postgres://shop:***@db/shop', 'model: gpt', 'PROXY_MASTER_KEY']) expect(hidden).toContain(kept);
  });

  it('leaves out what it cannot read', () => {
    expect(hideSecrets('a: [LEAK')).not.toContain('LEAK');
  });
});
