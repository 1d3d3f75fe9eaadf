import { lookup } from "node:dns/promises";

export interface Address {
  address: string;
  family: 4 | 6;
}

/** Asks the resolver once; what is dialled is one of these and no other. */
export async function resolveHost(hostname: string): Promise<Address[]> {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
}
