/** The host whose repositories an API is about: github.com for api.github.com, the API's own for a GitHub Enterprise Server. */
export function gitHostOf(apiUrl: string): string {
  return new URL(apiUrl).host.replace(/^api\./, "");
}

/** Where Git is spoken there. */
export function gitOriginOf(apiUrl: string): string {
  return `${new URL(apiUrl).protocol}//${gitHostOf(apiUrl)}`;
}
