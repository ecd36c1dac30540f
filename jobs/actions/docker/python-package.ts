/** Where Python images keep packages, the commonest first: Wolfi's and Alpine's own, the official image's, a virtual environment's. */
const sitePackages = [
  ...['3.13', '3.12', '3.11'].map((version) => `/usr/lib/python${version}/site-packages`),
  ...['3.13', '3.12', '3.11'].map((version) => `/usr/local/lib/python${version}/site-packages`),
  ...['3.13', '3.12', '3.11'].map((version) => `/app/.venv/lib/python${version}/site-packages`),
];

/** For `WantedFiles.candidates`: a folder of an installed Python package, `litellm_proxy_extras/migrations`. */
export function packageCandidates(folder: string): readonly string[] {
  return sitePackages.map((parent) => `${parent}/${folder}`);
}

/** For `WantedFiles.anywhere`: as installed, whatever Python it is; else a copy of its sources, which Python would not import. */
export function packageAnywhere(folder: string): readonly RegExp[] {
  const escaped = folder.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return [new RegExp(`/(?:site|dist)-packages/${escaped}$`), new RegExp(`/${escaped}$`)];
}
